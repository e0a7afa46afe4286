use std::collections::BTreeMap;

/// Which call each piece of a stream belongs to.
///
/// OpenAI numbers them by `index`. Other servers leave it out, or give every call the same, and tell calls apart by
/// their ids or by the name that each begins with.
#[derive(Debug, Clone, Default)]
pub(crate) struct CallSlots {
    opened: BTreeMap<u32, Opened>,
    by_index: BTreeMap<u32, u32>,
    last: Option<u32>,
}

#[derive(Debug, Clone, Default)]
struct Opened {
    id: String,
    is_named: bool,
}

impl CallSlots {
    /// The slot of the piece with this index, id and name, any of which may be missing or empty.
    pub(crate) fn slot(&mut self, index: Option<u32>, id: &str, name: &str) -> u32 {
        let current = match index {
            Some(index) => self.by_index.get(&index).copied(),
            None => self.with_id(id).or(self.last),
        };
        let slot = current
            .filter(|slot| !self.begins_another(*slot, index.is_some(), id, name))
            .unwrap_or_else(|| self.free(index));
        if let Some(index) = index {
            self.by_index.insert(index, slot);
        }
        self.last = Some(slot);
        let opened = self.opened.entry(slot).or_default();
        if opened.id.is_empty() {
            id.clone_into(&mut opened.id);
        }
        opened.is_named |= !name.is_empty();
        slot
    }

    fn with_id(&self, id: &str) -> Option<u32> {
        let mut opened = self.opened.iter();
        let found = opened.find(|(_, opened)| !id.is_empty() && opened.id == id)?;
        Some(*found.0)
    }

    // A new id alone is not enough: there are servers that give every piece its own.
    fn begins_another(&self, slot: u32, is_numbered: bool, id: &str, name: &str) -> bool {
        let Some(opened) = self.opened.get(&slot) else {
            return false;
        };
        if name.is_empty() || !opened.is_named {
            return false;
        }
        let has_other_id = !id.is_empty() && !opened.id.is_empty() && opened.id != id;
        has_other_id || (!is_numbered && id.is_empty())
    }

    fn free(&self, wanted: Option<u32>) -> u32 {
        let after = self
            .opened
            .last_key_value()
            .map_or(0, |(slot, _)| slot.saturating_add(1));
        wanted
            .filter(|slot| !self.opened.contains_key(slot))
            .unwrap_or(after)
    }
}

#[cfg(test)]
mod tests {
    use super::CallSlots;

    #[test]
    fn pieces_with_an_index_go_where_it_says() {
        let mut slots = CallSlots::default();
        assert_eq!(slots.slot(Some(0), "a", "one"), 0);
        assert_eq!(slots.slot(Some(1), "b", "two"), 1);
        assert_eq!(slots.slot(Some(0), "", ""), 0);
        assert_eq!(slots.slot(Some(1), "", ""), 1);
    }

    #[test]
    fn pieces_without_an_index_follow_their_id_or_the_call_before() {
        let mut slots = CallSlots::default();
        assert_eq!(slots.slot(None, "a", "one"), 0);
        assert_eq!(slots.slot(None, "", ""), 0);
        assert_eq!(slots.slot(None, "b", "two"), 1);
        assert_eq!(slots.slot(None, "", ""), 1);
        assert_eq!(slots.slot(None, "a", ""), 0);
    }

    #[test]
    fn whole_calls_without_index_and_id_are_told_apart_by_their_names() {
        let mut slots = CallSlots::default();
        assert_eq!(slots.slot(None, "", "one"), 0);
        assert_eq!(slots.slot(None, "", "one"), 1);
    }

    #[test]
    fn calls_that_all_have_index_0_are_told_apart_by_their_ids() {
        let mut slots = CallSlots::default();
        assert_eq!(slots.slot(Some(0), "a", "one"), 0);
        assert_eq!(slots.slot(Some(0), "b", "two"), 1);
        assert_eq!(slots.slot(Some(0), "", ""), 1);
    }

    #[test]
    fn a_new_id_in_every_piece_does_not_make_new_calls() {
        let mut slots = CallSlots::default();
        assert_eq!(slots.slot(Some(0), "a", "one"), 0);
        assert_eq!(slots.slot(Some(0), "b", ""), 0);
        assert_eq!(slots.slot(None, "c", ""), 0);
    }

    #[test]
    fn an_absurd_index_costs_nothing() {
        let mut slots = CallSlots::default();
        assert_eq!(slots.slot(Some(u32::MAX), "a", "one"), u32::MAX);
        assert_eq!(slots.slot(Some(u32::MAX), "b", "two"), u32::MAX);
    }
}
