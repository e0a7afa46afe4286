//! The life of a connected account: which change of its status may follow which.
//!
//! Pure: whoever writes a status asks here first.

use composio_core::models::ConnectionStatus::{
    self, Active, Expired, Failed, Inactive, Initializing, Initiated, Revoked,
};

use crate::store::ConnectionRecord;

/// What happens to a connected account.
#[allow(dead_code, reason = "some of it happens in the store's statements")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// The user is sent to connect, for the first time or again.
    Invite,
    /// Credentials arrived.
    Connect,
    /// Connecting came to nothing.
    Fail,
    /// The credentials are no longer accepted, or nobody came in time.
    Expire,
    /// The credentials were given back to the provider.
    Revoke,
    Disable,
    Enable,
}

/// Where an account stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) status: ConnectionStatus,
    pub(crate) is_disabled: bool,
}

impl Standing {
    /// Where the account stands after `event`; `None` if that cannot happen to it.
    ///
    /// An account that works goes on working while its user connects again, whatever comes of that; one that was
    /// disabled stays so until it is enabled.
    pub(crate) fn after(&self, event: Event) -> Option<Self> {
        if let ConnectionStatus::Other(_) = self.status {
            return None;
        }
        let works = matches!(self.status, Active | Inactive);
        let is_awaited = matches!(self.status, Initializing | Initiated);
        let is_disabled = match event {
            Event::Disable => true,
            Event::Enable => false,
            _ => self.is_disabled,
        };
        let usable = if is_disabled { Inactive } else { Active };
        let status = match event {
            Event::Connect => usable,
            Event::Disable | Event::Enable if works => usable,
            Event::Disable | Event::Enable => self.status.clone(),
            Event::Invite | Event::Fail if works => self.status.clone(),
            Event::Invite => Initiated,
            Event::Fail if is_awaited => Failed,
            Event::Expire if works || is_awaited => Expired,
            Event::Revoke if works || self.status == Expired => Revoked,
            Event::Fail | Event::Expire | Event::Revoke => return None,
        };
        Some(Self {
            status,
            is_disabled,
        })
    }
}

impl ConnectionRecord {
    pub(crate) fn standing(&self) -> Standing {
        Standing {
            status: self.status.clone(),
            is_disabled: self.disabled,
        }
    }

    /// Takes the record where `event` leads, without a reason; whether there is such a way.
    pub(crate) fn undergo(&mut self, event: Event) -> bool {
        let Some(standing) = self.standing().after(event) else {
            return false;
        };
        self.status = standing.status;
        self.disabled = standing.is_disabled;
        self.status_reason = None;
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::Strategy, proptest, sample::select};

    use super::{
        Active, ConnectionStatus, Event, Expired, Failed, Inactive, Initializing, Initiated,
        Revoked, Standing,
    };

    const EVENTS: [Event; 7] = [
        Event::Invite,
        Event::Connect,
        Event::Fail,
        Event::Expire,
        Event::Revoke,
        Event::Disable,
        Event::Enable,
    ];

    /// Every change of a status that there is, but those to the same one.
    const CHANGES: [(ConnectionStatus, ConnectionStatus); 25] = [
        (Initializing, Initiated),
        (Initializing, Active),
        (Initializing, Inactive),
        (Initializing, Failed),
        (Initializing, Expired),
        (Initiated, Active),
        (Initiated, Inactive),
        (Initiated, Failed),
        (Initiated, Expired),
        (Active, Inactive),
        (Active, Expired),
        (Active, Revoked),
        (Inactive, Active),
        (Inactive, Expired),
        (Inactive, Revoked),
        (Failed, Initiated),
        (Failed, Active),
        (Failed, Inactive),
        (Expired, Initiated),
        (Expired, Active),
        (Expired, Inactive),
        (Expired, Revoked),
        (Revoked, Initiated),
        (Revoked, Active),
        (Revoked, Inactive),
    ];

    fn lives() -> impl Strategy<Value = Vec<Event>> {
        vec(select(&EVENTS[..]), 0..40)
    }

    fn born() -> Standing {
        Standing {
            status: Initializing,
            is_disabled: false,
        }
    }

    proptest! {
        #[test]
        fn a_life_goes_no_way_that_is_not_drawn(life in lives()) {
            let mut now = born();
            for event in life {
                let Some(next) = now.after(event) else { continue };
                let change = (now.status.clone(), next.status.clone());
                assert!(change.0 == change.1 || CHANGES.contains(&change), "{now:?} {event:?} {next:?}");
                now = next;
            }
        }

        #[test]
        fn only_credentials_or_their_owner_make_an_account_usable(life in lives()) {
            let mut now = born();
            for event in life {
                let Some(next) = now.after(event) else { continue };
                if next.status == Active && now.status != Active {
                    assert!(matches!(event, Event::Connect | Event::Enable), "{now:?} {event:?}");
                }
                assert!(next.status != Active || !next.is_disabled, "{now:?} {event:?}");
                assert!(next.status != Inactive || next.is_disabled, "{now:?} {event:?}");
                now = next;
            }
        }

        #[test]
        fn what_is_disabled_comes_back_as_it_was(life in lives()) {
            let mut now = born();
            for event in life {
                now = now.after(event).unwrap_or(now);
            }
            let enabled = now.after(Event::Enable).unwrap();
            let back = enabled.after(Event::Disable).unwrap().after(Event::Enable).unwrap();
            assert_eq!(back, enabled);
        }

        #[test]
        fn an_account_that_works_keeps_working_whatever_comes_of_connecting_again(life in lives()) {
            let mut now = born();
            for event in life {
                now = now.after(event).unwrap_or(now);
                if now.status == Active {
                    for event in [Event::Invite, Event::Fail, Event::Connect] {
                        assert_eq!(now.after(event).as_ref(), Some(&now));
                    }
                }
            }
        }

        #[test]
        fn every_account_can_be_connected_again(life in lives()) {
            let mut now = born();
            for event in life {
                now = now.after(event).unwrap_or(now);
            }
            let invited = now.after(Event::Invite).unwrap();
            let connected = invited.after(Event::Connect).unwrap().after(Event::Enable).unwrap();
            assert_eq!(connected.status, Active);
        }
    }

    #[test]
    fn every_change_that_is_drawn_happens() {
        for (from, to) in CHANGES {
            let happens = [false, true].into_iter().any(|is_disabled| {
                let status = from.clone();
                let standing = Standing {
                    status,
                    is_disabled,
                };
                EVENTS
                    .iter()
                    .filter_map(|event| standing.after(*event))
                    .any(|next| next.status == to)
            });
            assert!(happens, "{from} {to}");
        }
    }

    #[test]
    fn nothing_happens_to_a_status_that_is_not_known() {
        let standing = Standing {
            status: ConnectionStatus::Other("LATER".to_owned()),
            is_disabled: false,
        };
        for event in EVENTS {
            assert_eq!(standing.after(event), None);
        }
    }
}
