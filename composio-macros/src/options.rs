//! What stands in the parentheses of `#[action(…)]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    Error, ExprArray, LitStr, Path, Result, Token, ext::IdentExt as _, meta::ParseNestedMeta,
    parse::Parser as _, spanned::Spanned as _,
};

const KNOWN: &str =
    "name, app, toolname, description, tags, read_only, destructive, idempotent, crate";

/// The options of an action.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) name: Option<LitStr>,
    pub(crate) description: Option<LitStr>,
    app: Option<LitStr>,
    toolname: Option<LitStr>,
    tags: Vec<LitStr>,
    hints: Vec<(Path, &'static str)>,
    core: Option<Path>,
}

impl Options {
    pub(crate) fn parse(tokens: TokenStream) -> Result<Self> {
        let mut options = Self::default();
        let parser = syn::meta::parser(|meta| options.read(&meta));
        parser.parse2(tokens)?;
        options.check()?;
        Ok(options)
    }

    /// The options of `#[actions]`.
    pub(crate) fn of_block(tokens: TokenStream) -> Result<Self> {
        let mut options = Self::default();
        let parser = syn::meta::parser(|meta| {
            if meta.path.is_ident("crate") {
                return options.read(&meta);
            }
            Err(meta.error("no such option; there is crate"))
        });
        parser.parse2(tokens)?;
        Ok(options)
    }

    fn read(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let option = meta.path.segments.last();
        let option = option.map(|segment| segment.ident.unraw().to_string());
        match option.as_deref() {
            Some("name") => once(&mut self.name, meta, name(meta.value()?.parse()?)?),
            Some("description") => once(&mut self.description, meta, text(meta)?),
            Some("app") => once(&mut self.app, meta, text(meta)?),
            Some("toolname") => once(&mut self.toolname, meta, text(meta)?),
            Some("crate") => {
                let path = meta.value()?.call(Path::parse_mod_style)?;
                once(&mut self.core, meta, path)
            }
            Some("tags") => {
                let array: ExprArray = meta.value()?.parse()?;
                for tag in array.elems {
                    self.tags.push(syn::parse2(quote!(#tag))?);
                }
                Ok(())
            }
            Some("read_only") => self.hint(meta, "readOnlyHint"),
            Some("destructive") => self.hint(meta, "destructiveHint"),
            Some("idempotent") => self.hint(meta, "idempotentHint"),
            _ => Err(meta.error(format!("no such option; there are {KNOWN}"))),
        }
    }

    fn hint(&mut self, meta: &ParseNestedMeta<'_>, tag: &'static str) -> Result<()> {
        if meta.input.peek(Token![=]) {
            return Err(meta.error("a hint stands alone, without a value"));
        }
        self.hints.push((meta.path.clone(), tag));
        Ok(())
    }

    fn check(&self) -> Result<()> {
        let hint = |wanted: &str| self.hints.iter().find(|(_, tag)| *tag == wanted);
        if let (Some(_), Some((path, _))) = (hint("readOnlyHint"), hint("destructiveHint")) {
            return Err(Error::new(
                path.span(),
                "what only reads destroys nothing: keep one of the two",
            ));
        }
        if let (Some(toolname), true) = (&self.toolname, self.app.is_some() || self.name.is_some())
        {
            return Err(Error::new(
                toolname.span(),
                "`toolname` is an app or a name, whichever is known: say it by `app` and `name` alone",
            ));
        }
        Ok(())
    }

    /// The path of `composio_core`.
    pub(crate) fn core(&self) -> TokenStream {
        self.core
            .as_ref()
            .map_or_else(|| quote!(::composio_core), |path| quote!(#path))
    }

    /// The calls on a `CustomTool` that these options stand for.
    pub(crate) fn setters(&self) -> TokenStream {
        let app = self.app.iter();
        let toolname = self.toolname.iter();
        let hints = self.hints.iter().map(|(_, tag)| tag);
        let tags = &self.tags;
        quote!(#(.app(#app))* #(.toolname(#toolname))* #(.tag(#hints))* #(.tag(#tags))*)
    }
}

fn once<T>(slot: &mut Option<T>, meta: &ParseNestedMeta<'_>, value: T) -> Result<()> {
    if slot.replace(value).is_some() {
        return Err(meta.error("this option is given twice"));
    }
    Ok(())
}

fn text(meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    let text: LitStr = meta.value()?.parse()?;
    if text.value().trim().is_empty() {
        return Err(Error::new(text.span(), "it is empty"));
    }
    Ok(text)
}

/// A name that every model accepts.
pub(crate) fn name(name: LitStr) -> Result<LitStr> {
    let text = name.value();
    let is_fit = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if text.is_empty() || text.len() > 64 || !text.chars().all(is_fit) {
        return Err(Error::new(
            name.span(),
            "models accept names of 1 to 64 letters, digits, `_` and `-`",
        ));
    }
    Ok(name)
}
