//! One parameter of a function.

use proc_macro2::{Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::{
    Attribute, Error, Expr, Ident, LitStr, Meta, Pat, PatType, Result, Type, ext::IdentExt as _,
    spanned::Spanned as _,
};

use crate::{description, options};

/// Contexts of `composio_core`: a second one would be the same as the first.
const CONTEXTS: [&str; 4] = ["ExecuteRequest", "CustomCall", "CustomAuth", "Client"];

/// A parameter as the tool sees it.
pub(crate) struct Parameter {
    pub(crate) name: LitStr,
    pub(crate) span: Span,
    description: String,
    owned: Type,
    is_borrowed: bool,
    default: Option<TokenStream>,
    variable: Ident,
}

impl Parameter {
    /// Reads a parameter, and takes out of it what only this macro understands.
    pub(crate) fn read(typed: &mut PatType, position: usize) -> Result<Self> {
        let description = description::of(&typed.attrs);
        let mut default = None;
        let mut renamed = None;
        let mut foreign = Vec::new();
        let mut faults = Faults::default();
        for attribute in std::mem::take(&mut typed.attrs) {
            let path = attribute.path();
            if path.is_ident("default") {
                faults.note(default_of(&attribute).map(|value| default = Some(value)));
            } else if path.is_ident("name") {
                faults.note(name_of(&attribute).map(|name| renamed = Some(name)));
            } else if path.is_ident("cfg") || path.is_ident("cfg_attr") {
                let message =
                    "an action has the same arguments in every build: put it on the function";
                faults.note::<()>(Err(Error::new_spanned(&attribute, message)));
            } else if !path.is_ident("doc") {
                foreign.push(attribute);
            }
        }
        typed.attrs = foreign;
        let named = faults.note(ident(&typed.pat));
        let owned = faults.note(owned(&typed.ty));
        faults.into_result()?;
        let (Some(named), Some((owned, is_borrowed))) = (named, owned) else {
            return Err(Error::new_spanned(typed, "not a parameter"));
        };
        let name = renamed.unwrap_or_else(|| LitStr::new(&named.unraw().to_string(), named.span()));
        Ok(Self {
            name,
            span: named.span(),
            description,
            owned,
            is_borrowed,
            default,
            variable: format_ident!("composio_{position}", span = Span::mixed_site()),
        })
    }

    /// The context that this is by its name, if it is one of ours.
    pub(crate) fn context(&self) -> Option<String> {
        let Type::Path(path) = &self.owned else {
            return None;
        };
        let last = path.path.segments.last()?.ident.to_string();
        CONTEXTS.contains(&last.as_str()).then_some(last)
    }

    /// Adds the parameter to the `Action` named `action`.
    pub(crate) fn declared(&self, action: &Ident) -> TokenStream {
        let (name, description, owned) = (&self.name, &self.description, &self.owned);
        match &self.default {
            None => quote_spanned! {owned.span()=>
                #action.parameter::<#owned>(#name, #description);
            },
            Some(default) => quote_spanned! {owned.span()=>
                #action.defaulted::<#owned>(#name, #description, &#default);
            },
        }
    }

    /// Takes the value out of the call named `call`, or ends the call.
    pub(crate) fn taken(&self, support: &TokenStream, call: &Ident) -> TokenStream {
        let (name, owned, variable) = (&self.name, &self.owned, &self.variable);
        let taken = match &self.default {
            None => quote!(#support::take::<#owned>(&mut #call, #name)),
            Some(default) => {
                quote!(#support::take_or::<#owned>(&mut #call, #name, || #default))
            }
        };
        quote! {
            let #variable = match #taken {
                ::core::result::Result::Ok(value) => value,
                ::core::result::Result::Err(failure) => return failure,
            };
        }
    }

    /// How the function is given the value.
    pub(crate) fn passed(&self) -> TokenStream {
        let variable = &self.variable;
        if self.is_borrowed {
            quote!(&#variable)
        } else {
            quote!(#variable)
        }
    }
}

/// Errors side by side, so that one build shows them all.
#[derive(Default)]
pub(crate) struct Faults(Option<Error>);

impl Faults {
    pub(crate) fn note<T>(&mut self, result: Result<T>) -> Option<T> {
        match (result, &mut self.0) {
            (Ok(value), _) => Some(value),
            (Err(error), Some(first)) => {
                first.combine(error);
                None
            }
            (Err(error), none) => {
                *none = Some(error);
                None
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn into_result(self) -> Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}

fn default_of(attribute: &Attribute) -> Result<TokenStream> {
    match &attribute.meta {
        Meta::Path(_) => Ok(quote!(::core::default::Default::default())),
        Meta::NameValue(pair) => {
            let value = &pair.value;
            let is_text =
                matches!(value, Expr::Lit(literal) if matches!(literal.lit, syn::Lit::Str(_)));
            Ok(if is_text {
                quote!(::core::convert::From::from(#value))
            } else {
                quote!(#value)
            })
        }
        Meta::List(list) => Err(Error::new_spanned(
            list,
            "write `#[default]` or `#[default = value]`",
        )),
    }
}

fn name_of(attribute: &Attribute) -> Result<LitStr> {
    let value = &attribute.meta.require_name_value()?.value;
    options::name(syn::parse2(value.to_token_stream())?)
}

fn ident(pattern: &Pat) -> Result<&Ident> {
    match pattern {
        Pat::Ident(plain) if plain.by_ref.is_none() && plain.subpat.is_none() => Ok(&plain.ident),
        other => Err(Error::new_spanned(
            other,
            "the model needs a name for this: take it apart in the body",
        )),
    }
}

/// The type to decode, and whether the function borrows it.
fn owned(ty: &Type) -> Result<(Type, bool)> {
    let Type::Reference(reference) = ty else {
        refuse(ty)?;
        return Ok((ty.clone(), false));
    };
    if reference.mutability.is_some() {
        let message = "nobody would see the change: take it by value";
        return Err(Error::new_spanned(ty, message));
    }
    let inner = &*reference.elem;
    refuse(inner)?;
    let owned = match inner {
        Type::Path(path) if path.path.is_ident("str") => {
            syn::parse2(quote_spanned!(inner.span()=> ::std::string::String))?
        }
        Type::Slice(slice) => {
            let element = &slice.elem;
            syn::parse2(quote_spanned!(inner.span()=> ::std::vec::Vec<#element>))?
        }
        other => other.clone(),
    };
    Ok((owned, true))
}

fn refuse(ty: &Type) -> Result<()> {
    if contains(ty.to_token_stream(), "&") {
        let message =
            "only a whole argument can be borrowed: own what is inside, such as `Option<String>`";
        return Err(Error::new_spanned(ty, message));
    }
    if contains(ty.to_token_stream(), "impl") {
        let message = "a schema needs one type: name it";
        return Err(Error::new_spanned(ty, message));
    }
    Ok(())
}

/// Whether a keyword or a mark is among `tokens`, however deep.
pub(crate) fn contains(tokens: TokenStream, wanted: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => contains(group.stream(), wanted),
        TokenTree::Ident(ident) => ident == wanted,
        TokenTree::Punct(mark) => {
            mark.spacing() == Spacing::Alone
                && wanted.len() == 1
                && wanted.starts_with(mark.as_char())
        }
        TokenTree::Literal(_) => false,
    })
}
