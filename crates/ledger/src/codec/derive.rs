//! Macros that write [`Wire`](super::Wire) for a struct or an enum, field by field.
//!
//! A field is written `name` when its type is itself `Wire`, or `name[kind MAX]` for a bounded collection, where kind is
//! `list`, `set`, `map`, `text` or `blob`. `X v 1 { … }` begins with a version byte.

macro_rules! put_field {
    ($w:ident, $v:expr) => {
        $crate::codec::Wire::put($v, $w)
    };
    ($w:ident, $v:expr, list $max:expr) => {
        $w.list($v.iter())
    };
    ($w:ident, $v:expr, set $max:expr) => {
        $w.list($v.iter())
    };
    ($w:ident, $v:expr, map $max:expr) => {{
        $w.varint($v.len() as u64);
        for (key, value) in $v {
            $crate::codec::Wire::put(key, $w);
            $crate::codec::Wire::put(value, $w);
        }
    }};
    ($w:ident, $v:expr, text $max:expr) => {
        $w.bytes($v.as_bytes())
    };
    ($w:ident, $v:expr, blob $max:expr) => {
        $w.bytes($v.as_ref())
    };
}

macro_rules! take_field {
    ($r:ident) => {
        $crate::codec::Wire::take($r)?
    };
    ($r:ident, list $max:expr) => {
        $r.list($max)?
    };
    ($r:ident, set $max:expr) => {
        $r.set($max)?
    };
    ($r:ident, map $max:expr) => {
        $r.map($max)?
    };
    ($r:ident, text $max:expr) => {
        $r.text($max)?.into()
    };
    ($r:ident, blob $max:expr) => {
        $r.bytes($max)?.into()
    };
}

macro_rules! wire_struct {
    ($name:ident $(v $version:literal)? { $( $field:ident $([$kind:ident $max:expr])? ),* $(,)? }) => {
        impl $crate::codec::Wire for $name {
            fn put(&self, w: &mut $crate::codec::Writer) {
                $( w.u8($version); )?
                $( put_field!(w, &self.$field $(, $kind $max)?); )*
            }
            fn take(r: &mut $crate::codec::Reader<'_>) -> Result<Self, $crate::codec::CodecError> {
                $( r.version($version)?; )?
                Ok(Self { $( $field: take_field!(r $(, $kind $max)?), )* })
            }
        }
    };
}

macro_rules! wire_enum {
    ($name:ident { $( $tag:literal => $variant:ident $( ( $item:ident $([$ikind:ident $imax:expr])? ) )?
        $( { $( $field:ident $([$kind:ident $max:expr])? ),* $(,)? } )? ),* $(,)? }) => {
        impl $crate::codec::Wire for $name {
            fn put(&self, w: &mut $crate::codec::Writer) {
                match self {
                    $( Self::$variant $( ($item) )? $( { $($field),* } )? => {
                        w.u8($tag);
                        $( put_field!(w, $item $(, $ikind $imax)?); )?
                        $( $( put_field!(w, $field $(, $kind $max)?); )* )?
                    } )*
                }
            }
            fn take(r: &mut $crate::codec::Reader<'_>) -> Result<Self, $crate::codec::CodecError> {
                let at = r.position();
                match r.u8()? {
                    $( $tag => {
                        $( let $item = take_field!(r $(, $ikind $imax)?); )?
                        $( $( let $field = take_field!(r $(, $kind $max)?); )* )?
                        Ok(Self::$variant $( ($item) )? $( { $($field),* } )?)
                    } )*
                    tag => Err($crate::codec::CodecError::UnknownTag { at, tag: u64::from(tag) }),
                }
            }
        }
    };
}
