//! What is public in a file: signatures without bodies, types without their private parts.

use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, Fields, ImplItem, Item, TraitItem, Visibility, parse_quote};

/// The public items of a source as Rust; nothing if there are none.
pub(super) fn items(source: &str) -> syn::Result<String> {
    let mut file = syn::parse_file(source)?;
    file.attrs.clear();
    file.items = file.items.into_iter().filter_map(public).collect();
    Ok(if file.items.is_empty() { String::new() } else { prettyplease::unparse(&file) })
}

/// The item as its users see it; `None` if they do not.
fn public(mut item: Item) -> Option<Item> {
    let attributes = attributes(&mut item)?;
    if attributes.iter().any(is_hidden) {
        return None;
    }
    attributes.retain(tells);
    let seen = match &mut item {
        Item::Fn(it) => {
            it.block = parse_quote!({});
            is_public(&it.vis)
        }
        Item::Const(it) => {
            it.expr = parse_quote!(_);
            is_public(&it.vis)
        }
        Item::Static(it) => {
            it.expr = parse_quote!(_);
            is_public(&it.vis)
        }
        Item::Struct(it) => {
            without_private(&mut it.fields);
            is_public(&it.vis)
        }
        Item::Enum(it) => {
            for variant in &mut it.variants {
                variant.attrs.retain(tells);
                for field in &mut variant.fields {
                    field.attrs.clear();
                }
            }
            is_public(&it.vis)
        }
        Item::Trait(it) => {
            it.items.iter_mut().for_each(promised);
            is_public(&it.vis)
        }
        Item::Impl(it) => {
            let of_trait = it.trait_.is_some();
            it.items = std::mem::take(&mut it.items).into_iter().filter_map(|item| method(item, of_trait)).collect();
            of_trait || !it.items.is_empty()
        }
        Item::Mod(it) => {
            if let Some((_, items)) = &mut it.content {
                *items = std::mem::take(items).into_iter().filter_map(public).collect();
            }
            is_public(&it.vis)
        }
        // What a macro makes of its words is not known here; the words are.
        Item::Macro(it) => {
            it.mac.tokens = without_docs(std::mem::take(&mut it.mac.tokens));
            it.ident.is_none() && !it.mac.path.is_ident("thread_local")
        }
        Item::Type(it) => is_public(&it.vis),
        Item::Use(it) => is_public(&it.vis),
        _ => false,
    };
    seen.then_some(item)
}

fn attributes(item: &mut Item) -> Option<&mut Vec<Attribute>> {
    Some(match item {
        Item::Fn(it) => &mut it.attrs,
        Item::Const(it) => &mut it.attrs,
        Item::Static(it) => &mut it.attrs,
        Item::Struct(it) => &mut it.attrs,
        Item::Enum(it) => &mut it.attrs,
        Item::Trait(it) => &mut it.attrs,
        Item::Impl(it) => &mut it.attrs,
        Item::Macro(it) => &mut it.attrs,
        Item::Mod(it) => &mut it.attrs,
        Item::Type(it) => &mut it.attrs,
        Item::Use(it) => &mut it.attrs,
        _ => return None,
    })
}

/// Associated types and constants of a trait's implementation are public with it; its methods are the trait's.
fn method(item: ImplItem, of_trait: bool) -> Option<ImplItem> {
    match item {
        ImplItem::Fn(mut it) if !of_trait && is_public(&it.vis) && !it.attrs.iter().any(is_hidden) => {
            it.attrs.retain(tells);
            it.block = parse_quote!({});
            Some(ImplItem::Fn(it))
        }
        ImplItem::Const(mut it) if of_trait || is_public(&it.vis) => {
            it.attrs.retain(tells);
            it.expr = parse_quote!(_);
            Some(ImplItem::Const(it))
        }
        ImplItem::Type(it) if of_trait => Some(ImplItem::Type(it)),
        _ => None,
    }
}

fn promised(item: &mut TraitItem) {
    match item {
        TraitItem::Fn(it) => {
            it.attrs.retain(tells);
            if it.default.is_some() {
                it.default = Some(parse_quote!({}));
            }
        }
        TraitItem::Const(it) => it.attrs.retain(tells),
        TraitItem::Type(it) => it.attrs.retain(tells),
        _ => {}
    }
}

fn without_private(fields: &mut Fields) {
    match fields {
        Fields::Named(named) => {
            let kept = std::mem::take(&mut named.named).into_iter().filter(|field| is_public(&field.vis));
            named.named = kept.collect();
        }
        Fields::Unnamed(unnamed) if unnamed.unnamed.iter().all(|field| !is_public(&field.vis)) => {
            *fields = Fields::Unit;
        }
        Fields::Unnamed(_) | Fields::Unit => {}
    }
    for field in fields {
        field.attrs.clear();
    }
}

fn without_docs(tokens: TokenStream) -> TokenStream {
    let mut kept: Vec<TokenTree> = Vec::new();
    for token in tokens {
        if let TokenTree::Group(group) = &token
            && group.stream().into_iter().next().is_some_and(|first| first.to_string() == "doc")
        {
            // The `#` before it.
            kept.pop();
            continue;
        }
        kept.push(token);
    }
    kept.into_iter().collect()
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// What a user of the item must know.
fn tells(attribute: &Attribute) -> bool {
    ["derive", "non_exhaustive", "cfg", "deprecated"].iter().any(|name| attribute.path().is_ident(name))
}

/// For tests, or out of the docs on purpose.
fn is_hidden(attribute: &Attribute) -> bool {
    let syn::Meta::List(list) = &attribute.meta else { return false };
    let words = list.tokens.to_string();
    (list.path.is_ident("cfg") && words == "test") || (list.path.is_ident("doc") && words == "hidden")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_private_is_left_out() {
        let source = "//! Docs.\nuse a::b;\npub use c::D;\n/// Docs.\n#[derive(Debug)] #[must_use] pub struct S { a: u8, pub b: u8 }\n\
            pub struct T(u8); impl S { fn x() {} /// Docs.\n pub fn y(&self) -> u8 { 7 } }\n\
            impl Drop for S { fn drop(&mut self) {} }\n#[doc(hidden)] pub fn z() {}\nmade! { /// Docs.\n It = 1 }\nthread_local! {}\n#[cfg(test)] mod tests { pub fn t() {} }";
        let expected = "pub use c::D;\n#[derive(Debug)]\npub struct S {\n    pub b: u8,\n}\npub struct T;\nimpl S {\n    \
            pub fn y(&self) -> u8 {}\n}\nimpl Drop for S {}\n\
            made! {\n    It = 1\n}\n";
        assert_eq!(items(source).expect("Rust"), expected);
        assert_eq!(items("fn private() {}").expect("Rust"), "");
    }
}
