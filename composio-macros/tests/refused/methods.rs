use composio_core::{action, actions};

struct Notes(Vec<String>);

#[actions]
impl Notes {
    /// Takes it all.
    #[action]
    fn consume(self) {
        drop(self.0);
    }

    /// Changes it.
    #[action]
    fn change(&mut self) {
        self.0.clear();
    }

    /// Takes a box.
    #[action]
    fn boxed(self: Box<Self>) {}
}

struct Lonely;

#[actions]
impl Lonely {
    /// Has no object.
    #[action]
    fn alone(text: String) -> String {
        text
    }
}

#[actions]
impl Lonely {
    fn plain(&self) {}
}

#[actions]
impl Clone for Lonely {
    fn clone(&self) -> Self {
        Self
    }
}

#[actions]
fn not_a_block() {}

#[actions(name = "notes")]
impl Lonely {
    /// Has an option that is not there.
    #[action]
    fn named(&self) {}
}

fn main() {}
