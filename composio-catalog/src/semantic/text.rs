/// A name of so many words says what a tool does.
const TELLING: usize = 3;
/// Bytes of a description that are looked at.
const LONGEST: usize = 1_000;

/// What is encoded of a tool: its name, or if that is short its description.
///
/// A name that says what a tool does is nearer to what people ask for than a description, which says more than that.
#[must_use]
pub fn text_of<'t>(name: &'t str, description: &'t str) -> &'t str {
    let end = description.floor_char_boundary(LONGEST);
    let description = description.get(..end).unwrap_or_default().trim();
    if description.is_empty() || name.split_whitespace().count() >= TELLING {
        name
    } else {
        description
    }
}

#[cfg(test)]
mod tests {
    use super::text_of;

    #[test]
    fn a_name_that_says_it_all_is_encoded_and_for_a_short_one_the_description() {
        assert_eq!(text_of("Create an issue", "Opens it."), "Create an issue");
        assert_eq!(text_of("WeatherTool", " Tells it. "), "Tells it.");
        assert_eq!(text_of("Star", " "), "Star");
        assert_eq!(text_of("X", &"é".repeat(5_000)).len(), 1_000);
    }
}
