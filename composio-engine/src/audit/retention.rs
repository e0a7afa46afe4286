use composio_core::Result;

use super::{entry::Line, service::Audit};
use crate::{
    clock,
    store::{AuditHead, AuditPart},
};

/// Parts that are looked at, and removed, at once.
const PARTS: i64 = 50;

impl Audit {
    /// Removes what was kept for long enough. The end of the log says where it begins then, so nobody else can remove
    /// anything from its beginning unseen.
    pub(crate) async fn sweep(&self, now: i64) -> Result<()> {
        let before = now.saturating_sub(clock::microseconds(self.options.kept));
        loop {
            let end = self.store.audit_end().await?;
            let Some(head) = end.head.as_ref().filter(|_| self.is_whole(&end)) else {
                return Ok(());
            };
            let parts = self.store.audit_parts(head.first, PARTS).await?;
            let mut after = head.clone();
            let old = parts.iter().filter(|part| part.part < head.last);
            for part in old.take_while(|part| is_older(part, before)) {
                // What was changed is kept, to be seen.
                if part.part != after.first || part.code != self.chain.part(part, &after.base) {
                    break;
                }
                after = AuditHead {
                    first: part.part + 1,
                    base: part.code.clone(),
                    ..after
                };
            }
            if after.first == head.first {
                return Ok(());
            }
            after.proof = self.chain.proof(&after);
            self.store.shorten_audit(head, &after).await?;
        }
    }
}

/// Whether all entries of the part are from before `time`.
fn is_older(part: &AuditPart, time: i64) -> bool {
    part.entries
        .lines()
        .all(|line| serde_json::from_str::<Line<'_>>(line).is_ok_and(|line| line.at < time))
}
