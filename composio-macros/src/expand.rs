//! The code that `#[action]` adds.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Attribute, FnArg, Ident, ItemFn, ReturnType, ext::IdentExt as _, spanned::Spanned as _};

use crate::{
    function::{Function, This, returned},
    options::Options,
};

pub(crate) fn action(options: TokenStream, item: &TokenStream) -> TokenStream {
    let mut item: ItemFn = match syn::parse2(item.clone()) {
        Ok(item) => item,
        Err(error) => return failed(&misplaced(error), item),
    };
    let core = quote!(::composio_core);
    let added = Options::parse(options).and_then(|options| {
        let function = Function::read(&mut item, &options)?;
        let body = tool(&item, &function, &options);
        Ok(added(&item, &function.name.value(), &options.core(), &body))
    });
    match added {
        Ok(added) => quote!(#item #added),
        Err(error) => {
            // One mistake is one error: what is left is as valid as can be, and the tool exists.
            strip(&mut item);
            let added = added_nothing(&item, &core);
            failed(&error, &quote!(#item #added))
        }
    }
}

fn added_nothing(item: &ItemFn, core: &TokenStream) -> TokenStream {
    added(item, "", core, &quote!(::core::panic!()))
}

pub(crate) fn failed(error: &syn::Error, item: &TokenStream) -> TokenStream {
    let error = error.to_compile_error();
    quote!(#item #error)
}

fn misplaced(mut error: syn::Error) -> syn::Error {
    let message =
        "`#[action]` stands on a function or a method; an `impl` block takes `#[actions]`";
    error.combine(syn::Error::new(Span::call_site(), message));
    error
}

fn strip(item: &mut ItemFn) {
    for input in &mut item.sig.inputs {
        if let FnArg::Typed(typed) = input {
            typed.attrs.clear();
        }
    }
}

/// Conditions of the function hold for what is added to it.
pub(crate) fn conditions(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("cfg"))
}

fn added(item: &ItemFn, name: &str, core: &TokenStream, body: &TokenStream) -> TokenStream {
    let ident = &item.sig.ident;
    let visibility = &item.vis;
    let cfg: Vec<&Attribute> = conditions(&item.attrs).collect();
    let allow =
        quote!(#[allow(unused_mut, unused_imports, reason = "as parameters and result need")]);
    if item.sig.receiver().is_some() {
        let tool = tool_of(ident);
        let page = format!("The tool of the method `{}` on `state`.", ident.unraw());
        return quote! {
            #(#cfg)*
            #[doc = #page]
            #allow
            #[must_use]
            #visibility fn #tool(state: impl ::core::convert::Into<::std::sync::Arc<Self>>) -> #core::CustomTool
            where
                Self: ::core::marker::Send + ::core::marker::Sync + 'static,
            {
                let state: ::std::sync::Arc<Self> = state.into();
                #body
            }
        };
    }
    let page = format!("The tool of the function `{}`.", ident.unraw());
    quote! {
        #(#cfg)*
        #[doc = #page]
        #[allow(non_camel_case_types, reason = "it shares the name of the function")]
        #[derive(Debug)]
        #visibility enum #ident {}

        #(#cfg)*
        impl #ident {
            /// The name of the tool.
            #[allow(dead_code, reason = "not every tool is asked for by its name")]
            #visibility const NAME: &'static str = #name;

            #[doc = #page]
            #allow
            #[must_use]
            #visibility fn tool() -> #core::CustomTool {
                #body
            }
        }
    }
}

/// What the tool of a method is called.
pub(crate) fn tool_of(method: &Ident) -> Ident {
    format_ident!("{}_tool", method.unraw(), span = method.span())
}

fn tool(item: &ItemFn, function: &Function, options: &Options) -> TokenStream {
    let core = options.core();
    let support = quote!(#core::action_support);
    let action = Ident::new("action", Span::mixed_site());
    let call = Ident::new("call", Span::mixed_site());
    let (name, description) = (&function.name, &function.description);
    let declared = function
        .parameters
        .iter()
        .map(|parameter| parameter.declared(&action));
    let taken = function
        .parameters
        .iter()
        .map(|parameter| parameter.taken(&support, &call));
    let output = output(item, &support);
    let shared = function
        .this
        .map(|_| quote!(let state = ::std::sync::Arc::clone(&state);));
    let result = result(item, function, &support);
    let setters = options.setters();
    let run = Ident::new("run", item.sig.ident.span().resolved_at(Span::mixed_site()));
    quote! {
        use #support::{AnyOutput as _, ReturnedValue as _};
        let mut #action = #support::Action::new(#name, #description);
        #(#declared)*
        let #run = move |mut #call: #core::CustomCall| {
            #shared
            async move {
                #(#taken)*
                #result
            }
        };
        #action.tool(#output, #run) #setters
    }
}

fn output(item: &ItemFn, support: &TokenStream) -> TokenStream {
    let type_span = match &item.sig.output {
        ReturnType::Default => Span::call_site(),
        ReturnType::Type(_, ty) => ty.span(),
    };
    match returned(&item.sig) {
        Some(ty) => quote_spanned! {type_span=>
            #support::Output::of(|returned: #ty| #support::Returned(returned).split()).schema()
        },
        None => quote!(#support::anything()),
    }
}

fn result(item: &ItemFn, function: &Function, support: &TokenStream) -> TokenStream {
    let ident = &item.sig.ident;
    let passed = function
        .parameters
        .iter()
        .map(|parameter| parameter.passed());
    let called = match function.this {
        None => quote!(#ident(#(#passed),*)),
        Some(This::Borrowed) => quote!(Self::#ident(&*state #(, #passed)*)),
        Some(This::Arc) => quote!(Self::#ident(state #(, #passed)*)),
        Some(This::BorrowedArc) => quote!(Self::#ident(&state #(, #passed)*)),
    };
    let wait = item.sig.asyncness.map(|_| quote!(.await));
    let span = match &item.sig.output {
        ReturnType::Default => ident.span(),
        ReturnType::Type(_, ty) => ty.span(),
    };
    // The name has the place of the type, so that a type which does not fit is pointed at.
    let returned = Ident::new("returned", span.resolved_at(Span::mixed_site()));
    quote! {
        let #returned = #support::Returned(#called #wait).split();
        #support::result(#returned)
    }
}
