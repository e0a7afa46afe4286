//! The code that `#[actions]` adds.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Attribute, Error, FnArg, ImplItem, ImplItemFn, ItemImpl, Result, Visibility};

use crate::{
    expand::{conditions, failed, tool_of},
    options::Options,
    parameter::Faults,
};

pub(crate) fn actions(options: TokenStream, item: &TokenStream) -> TokenStream {
    let mut block: ItemImpl = match syn::parse2(item.clone()) {
        Ok(block) => block,
        Err(_) => {
            let message = "`#[actions]` stands on an `impl` block; a function takes `#[action]`";
            return failed(&Error::new(Span::call_site(), message), item);
        }
    };
    match Options::of_block(options).and_then(|options| tools(&mut block, &options)) {
        Ok(tools) => {
            block.items.push(ImplItem::Verbatim(tools));
            quote!(#block)
        }
        Err(error) => failed(&error, &quote!(#block)),
    }
}

fn tools(block: &mut ItemImpl, options: &Options) -> Result<TokenStream> {
    if let Some((path, _)) = &block.trait_ {
        let message = "a trait has no room for tools: use an `impl` block of the type itself";
        return Err(Error::new_spanned(path, message));
    }
    let mut faults = Faults::default();
    let mut visibility: Option<Visibility> = None;
    let mut added = Vec::new();
    for method in block.items.iter_mut().filter_map(action) {
        if !matches!(method.sig.inputs.first(), Some(FnArg::Receiver(_))) {
            method.attrs.retain(|attribute| !is_action(attribute));
            let message = "an action in an `impl` block is a method: take `&self`, or move it out";
            faults.note::<()>(Err(Error::new_spanned(&method.sig, message)));
            continue;
        }
        visibility.get_or_insert_with(|| method.vis.clone());
        let tool = tool_of(&method.sig.ident);
        let cfg = conditions(&method.attrs);
        added.push(quote!(#(#cfg)* tools.push(Self::#tool(::std::sync::Arc::clone(&state)));));
    }
    if added.is_empty() && faults.is_empty() {
        let message = "no method here has `#[action]`";
        faults.note::<()>(Err(Error::new(Span::call_site(), message)));
    }
    faults.into_result()?;
    let core = options.core();
    Ok(quote! {
        /// The tools of every method with `#[action]`, on `state`.
        #[must_use]
        #visibility fn tools(
            state: impl ::core::convert::Into<::std::sync::Arc<Self>>,
        ) -> ::std::vec::Vec<#core::CustomTool>
        where
            Self: ::core::marker::Send + ::core::marker::Sync + 'static,
        {
            let state: ::std::sync::Arc<Self> = state.into();
            let mut tools = ::std::vec::Vec::new();
            #(#added)*
            tools
        }
    })
}

fn action(item: &mut ImplItem) -> Option<&mut ImplItemFn> {
    match item {
        ImplItem::Fn(method) => method.attrs.iter().any(is_action).then_some(method),
        _ => None,
    }
}

fn is_action(attribute: &Attribute) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|segment| segment.ident == "action")
}
