//! What people ask the desk, and the call that is right.

/// A prompt, the right tool, and of its arguments what the prompt says.
pub struct Prompt {
    pub text: &'static str,
    pub tool: &'static str,
    /// A JSON object; a text must have these words in it.
    pub arguments: &'static str,
}

const fn prompt(text: &'static str, tool: &'static str, arguments: &'static str) -> Prompt {
    Prompt {
        text,
        tool,
        arguments,
    }
}

const GET: &str = "DESK_GET_A_TICKET";
const LIST: &str = "DESK_LIST_TICKETS";
const CREATE: &str = "DESK_CREATE_A_TICKET";
const DELETE: &str = "DESK_DELETE_A_TICKET";
const FETCH: &str = "DESK_FETCH_MESSAGES";
const SEND: &str = "DESK_SEND_A_MESSAGE";
const WHO: &str = "DESK_GET_THE_AUTHENTICATED_USER";

pub const PROMPTS: &[Prompt] = &[
    prompt("What is ticket 1 about?", GET, r#"{"number":1}"#),
    prompt("Show me ticket 2.", GET, r#"{"number":2}"#),
    prompt(
        "Open ticket number 7 and read it to me.",
        GET,
        r#"{"number":7}"#,
    ),
    prompt("Who opened ticket 12?", GET, r#"{"number":12}"#),
    prompt("Is ticket 2 still open?", GET, r#"{"number":2}"#),
    prompt("Give me the details of ticket #1.", GET, r#"{"number":1}"#),
    prompt("I need the link to ticket 2.", GET, r#"{"number":2}"#),
    prompt("Look up ticket 31.", GET, r#"{"number":31}"#),
    prompt(
        "What does the customer say in ticket 1?",
        GET,
        r#"{"number":1}"#,
    ),
    prompt("Read ticket five.", GET, r#"{"number":5}"#),
    prompt("List all tickets.", LIST, "{}"),
    prompt("Which tickets are open?", LIST, r#"{"status":"open"}"#),
    prompt(
        "Show me the closed tickets.",
        LIST,
        r#"{"status":"closed"}"#,
    ),
    prompt("How many tickets do we have?", LIST, "{}"),
    prompt(
        "Give me every ticket with status open.",
        LIST,
        r#"{"status":"open"}"#,
    ),
    prompt(
        "Are there any closed tickets?",
        LIST,
        r#"{"status":"closed"}"#,
    ),
    prompt("What is on the ticket list?", LIST, "{}"),
    prompt(
        "List the tickets that are still open.",
        LIST,
        r#"{"status":"open"}"#,
    ),
    prompt(
        r#"Create a ticket titled "Lamp broken" with the text "The lamp in room 4 is dark.""#,
        CREATE,
        r#"{"title":"Lamp broken","body":"room 4"}"#,
    ),
    prompt(
        r#"Open a new ticket: the title is "Slow Wi-Fi", the body is "It takes minutes to load a page.""#,
        CREATE,
        r#"{"title":"Slow Wi-Fi","body":"minutes"}"#,
    ),
    prompt(
        r#"File a ticket "Door stuck" saying "The front door does not close.""#,
        CREATE,
        r#"{"title":"Door stuck","body":"front door"}"#,
    ),
    prompt(
        r#"Please make a ticket about the coffee machine. Title: "Coffee machine". Body: "It leaks.""#,
        CREATE,
        r#"{"title":"Coffee machine","body":"leaks"}"#,
    ),
    prompt(
        r#"Report a problem: title "No sound", body "The speakers are silent.""#,
        CREATE,
        r#"{"title":"No sound","body":"speakers"}"#,
    ),
    prompt(
        r#"Add a ticket named "New keyboard" with the body "Two keys are missing.""#,
        CREATE,
        r#"{"title":"New keyboard","body":"keys"}"#,
    ),
    prompt(
        r#"Create a ticket. Title "Heating", body "Room 2 is cold.""#,
        CREATE,
        r#"{"title":"Heating","body":"cold"}"#,
    ),
    prompt(
        r#"Open a ticket called "Password reset" with the story "Jon forgot his password.""#,
        CREATE,
        r#"{"title":"Password reset","body":"Jon"}"#,
    ),
    prompt("Delete ticket 2.", DELETE, r#"{"number":2}"#),
    prompt("Remove ticket 1 for good.", DELETE, r#"{"number":1}"#),
    prompt(
        "Ticket 3 is a mistake, delete it.",
        DELETE,
        r#"{"number":3}"#,
    ),
    prompt("Please erase ticket number 14.", DELETE, r#"{"number":14}"#),
    prompt("Get rid of ticket 6.", DELETE, r#"{"number":6}"#),
    prompt(
        "Delete the ticket with the number 20.",
        DELETE,
        r#"{"number":20}"#,
    ),
    prompt("Fetch my messages.", FETCH, "{}"),
    prompt("What did customers write?", FETCH, "{}"),
    prompt("Do I have new messages?", FETCH, "{}"),
    prompt("Show me the newest message.", FETCH, "{}"),
    prompt("Read the inbox.", FETCH, "{}"),
    prompt("Get the messages from customers.", FETCH, "{}"),
    prompt("Who wrote to us last?", FETCH, "{}"),
    prompt(
        r#"Send a message to mira@example.com with the subject "Your printer" and the text "It is fixed.""#,
        SEND,
        r#"{"recipient_email":"mira@example.com","subject":"Your printer","body":"fixed"}"#,
    ),
    prompt(
        r#"Write to jon@example.com: subject "Login", body "Please try again.""#,
        SEND,
        r#"{"recipient_email":"jon@example.com","subject":"Login","body":"try again"}"#,
    ),
    prompt(
        r#"Tell anna@example.com that her order is ready. Subject: "Your order". Text: "It is ready.""#,
        SEND,
        r#"{"recipient_email":"anna@example.com","subject":"Your order","body":"ready"}"#,
    ),
    prompt(
        r#"Mail lee@example.com, subject "Meeting", text "We meet at noon.""#,
        SEND,
        r#"{"recipient_email":"lee@example.com","subject":"Meeting","body":"noon"}"#,
    ),
    prompt(
        r#"Send a message to sam@example.com. The subject is "Thanks", the body is "Thank you for your patience.""#,
        SEND,
        r#"{"recipient_email":"sam@example.com","subject":"Thanks","body":"patience"}"#,
    ),
    prompt(
        r#"Answer mira@example.com with the subject "Toner" and the body "We have ordered new toner.""#,
        SEND,
        r#"{"recipient_email":"mira@example.com","subject":"Toner","body":"toner"}"#,
    ),
    prompt(
        r#"Let kim@example.com know, subject "Closed", text "Your ticket is closed.""#,
        SEND,
        r#"{"recipient_email":"kim@example.com","subject":"Closed","body":"closed"}"#,
    ),
    prompt("Who am I?", WHO, "{}"),
    prompt("Which user does this API key belong to?", WHO, "{}"),
    prompt("What is my login?", WHO, "{}"),
    prompt("Tell me my role at the desk.", WHO, "{}"),
];
