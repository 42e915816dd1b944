//! Why a recipe is refused, or a value for it.

use crate::text::{Explain, Text};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecipeError {
    /// The recipe itself does not hold together.
    #[error("{field}: {}", text.en)]
    Invalid { text: Text, field: String },
    /// A value does not fit its parameter.
    #[error("{name}: {}", text.en)]
    Value { name: String, text: Text },
    /// The steps between the upload and the version cannot be told any more.
    #[error("{}", text.en)]
    Steps { text: Text },
    /// A model that it was made with is missing or another one.
    #[error("{}", text.en)]
    Models { text: Text },
}

impl RecipeError {
    pub fn invalid(field: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Self {
        RecipeError::Invalid { text: Text::new(zh, en), field: field.into() }
    }

    pub fn value(name: &str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        RecipeError::Value { name: name.to_owned(), text: Text::new(zh, en) }
    }

    pub fn steps(zh: impl Into<String>, en: impl Into<String>) -> Self {
        RecipeError::Steps { text: Text::new(zh, en) }
    }
}

impl Explain for RecipeError {
    fn code(&self) -> &'static str {
        match self {
            RecipeError::Invalid { .. } => "invalid_recipe",
            RecipeError::Value { .. } => "recipe_value",
            RecipeError::Steps { .. } => "no_recipe_steps",
            RecipeError::Models { .. } => "recipe_models_differ",
        }
    }

    fn text(&self) -> Text {
        match self {
            RecipeError::Invalid { text, .. }
            | RecipeError::Value { text, .. }
            | RecipeError::Steps { text }
            | RecipeError::Models { text } => text.clone(),
        }
    }

    fn field(&self) -> Option<&str> {
        match self {
            RecipeError::Invalid { field, .. } => Some(field),
            RecipeError::Value { name, .. } => Some(name),
            RecipeError::Steps { .. } | RecipeError::Models { .. } => None,
        }
    }
}
