//! The function under `#[action]`.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::{
    Attribute, Error, FnArg, ItemFn, LitStr, Receiver, ReceiverKind, Result, ReturnType, Safety,
    Signature, Type, ext::IdentExt as _,
};

use crate::{
    description,
    options::{self, Options},
    parameter::{Faults, Parameter, contains},
};

/// What a function says about its tool.
pub(crate) struct Function {
    pub(crate) name: LitStr,
    pub(crate) description: String,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) this: Option<This>,
}

/// How a method takes its object.
#[derive(Clone, Copy)]
pub(crate) enum This {
    /// `&self`
    Borrowed,
    /// `self: Arc<Self>`
    Arc,
    /// `self: &Arc<Self>`
    BorrowedArc,
}

impl Function {
    /// Reads `item`, and takes out of its parameters what only this macro understands.
    pub(crate) fn read(item: &mut ItemFn, options: &Options) -> Result<Self> {
        let mut faults = Faults::default();
        faults.note(check(&item.sig));
        let mut this = None;
        let mut parameters = Vec::new();
        for (position, input) in item.sig.inputs.iter_mut().enumerate() {
            match input {
                FnArg::Receiver(receiver) => this = faults.note(receiver_kind(receiver)),
                FnArg::Typed(typed) => {
                    parameters.extend(faults.note(Parameter::read(typed, position)));
                }
            }
        }
        faults.note(distinct(&parameters));
        let name = faults.note(name(&item.sig, options));
        let description = faults.note(description(&item.attrs, &item.sig, options));
        faults.into_result()?;
        let (Some(name), Some(description)) = (name, description) else {
            return Err(Error::new(item.sig.ident.span(), "not a function"));
        };
        Ok(Self {
            name,
            description,
            parameters,
            this,
        })
    }
}

/// The type of what comes back; `None` if it borrows for less than forever and so has no schema.
pub(crate) fn returned(signature: &Signature) -> Option<TokenStream> {
    match &signature.output {
        ReturnType::Default => Some(quote!(())),
        ReturnType::Type(_, ty) => {
            let text = ty.to_token_stream().to_string();
            let is_free = text.replace("& 'static", "").contains('&') || text.contains("'_");
            (!is_free).then(|| ty.to_token_stream())
        }
    }
}

fn check(signature: &Signature) -> Result<()> {
    let mut faults = Faults::default();
    if !signature.generics.params.is_empty() {
        let message = "a tool has one schema: an action cannot be generic";
        faults.note::<()>(Err(Error::new_spanned(&signature.generics, message)));
    }
    if let Safety::Unsafe(token) = &signature.safety {
        let message = "a model must not call what is unsafe";
        faults.note::<()>(Err(Error::new_spanned(token, message)));
    }
    if let Some(variadic) = &signature.variadic {
        let message = "a tool has a fixed list of arguments";
        faults.note::<()>(Err(Error::new_spanned(variadic, message)));
    }
    if let ReturnType::Type(_, ty) = &signature.output
        && contains(ty.to_token_stream(), "impl")
    {
        let message = "a schema needs one type: name it";
        faults.note::<()>(Err(Error::new_spanned(ty, message)));
    }
    faults.into_result()
}

fn name(signature: &Signature, options: &Options) -> Result<LitStr> {
    match &options.name {
        Some(name) => Ok(name.clone()),
        None => {
            let ident = &signature.ident;
            options::name(LitStr::new(&ident.unraw().to_string(), ident.span()))
        }
    }
}

fn description(
    attributes: &[Attribute],
    signature: &Signature,
    options: &Options,
) -> Result<String> {
    let text = match &options.description {
        Some(text) => text.value(),
        None => description::of(attributes),
    };
    if text.is_empty() {
        return Err(Error::new(
            signature.ident.span(),
            "the model must be told what this does: write a documentation comment, or `description = \"…\"`",
        ));
    }
    Ok(text)
}

fn receiver_kind(receiver: &Receiver) -> Result<This> {
    let kind = match &receiver.kind {
        ReceiverKind::Reference(_, _, None) => Some(This::Borrowed),
        ReceiverKind::Typed(_, ty) => match &**ty {
            Type::Reference(reference) if reference.mutability.is_none() => {
                is_arc(&reference.elem).then_some(This::BorrowedArc)
            }
            other => is_arc(other).then_some(This::Arc),
        },
        _ => None,
    };
    kind.ok_or_else(|| {
        let message =
            "calls share the object: take `&self`, `self: Arc<Self>` or `self: &Arc<Self>`";
        Error::new_spanned(receiver, message)
    })
}

fn is_arc(ty: &Type) -> bool {
    match ty {
        Type::Path(path) => {
            let last = path.path.segments.last();
            last.is_some_and(|segment| segment.ident == "Arc")
        }
        _ => false,
    }
}

fn distinct(parameters: &[Parameter]) -> Result<()> {
    let mut faults = Faults::default();
    for (position, parameter) in parameters.iter().enumerate() {
        let mut before = parameters.iter().take(position);
        let fault = match parameter.context() {
            Some(context) => before
                .any(|other| other.context().as_ref() == Some(&context))
                .then(|| format!("a call has one {context}, and the function takes it already")),
            None => before
                .any(|other| {
                    other.context().is_none() && other.name.value() == parameter.name.value()
                })
                .then(|| format!("two arguments are called {}", parameter.name.value())),
        };
        if let Some(message) = fault {
            faults.note::<()>(Err(Error::new(parameter.span, message)));
        }
    }
    faults.into_result()
}
