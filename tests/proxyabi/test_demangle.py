"""Names that linkers see become those that authors wrote; others stay as they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyabi.demangle import demangle


@pytest.mark.parametrize(
    ("mangled", "written"),
    [
        # Rust, legacy
        ("_ZN4core9panicking5panic17h0123456789abcdefE", "core::panicking::panic"),
        (
            "_ZN66_$LT$alloc..vec..Vec$LT$T$GT$$u20$as$u20$core..ops..drop..Drop$GT$4drop17h0123456789abcdefE",
            "<alloc::vec::Vec<T> as core::ops::drop::Drop>::drop",
        ),
        ("_ZN3foo28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE", "foo::{{closure}}"),
        # Rust, v0
        ("_RNvC6_123foo3bar", "123foo::bar"),
        ("_RNvCs1234_7mycrate3foo", "mycrate::foo"),
        ("_RNvMCs1234_7mycrateNtB2_3Bar3baz", "<mycrate::Bar>::baz"),
        ("_RNvXCs1234_7mycrateNtB2_3BarNtB2_5Trait3baz", "<mycrate::Bar as mycrate::Trait>::baz"),
        ("_RNCNvC7mycrate3foo0", "mycrate::foo::{closure#0}"),
        ("_RINvC7mycrate3foolRhE", "mycrate::foo::<i32, &u8>"),
        ("_RINvC7mycrate3fooAhj10_TlmEFElE", "mycrate::foo::<[u8; 16], (i32, u32), fn() -> i32>"),
        ("_RINvC7mycrate3fooKb1_Kin7f_E", "mycrate::foo::<true, -127>"),
        ("_RNvNvC7mycrateu8gdel_5qa3foo", "mycrate::gödel::foo"),
        # C++
        ("_Z3foov", "foo"),
        ("_ZN5Envoy6Filter8onHeaderEi", "Envoy::Filter::onHeader"),
        ("_ZNK3foo3barEv", "foo::bar"),
        ("_ZN3FooC2Ei", "Foo::Foo"),
        ("_ZN3FooD1Ev", "Foo::~Foo"),
        ("_ZN12_GLOBAL__N_13runEv", "(anonymous namespace)::run"),
        ("_ZNSt6vectorIiSaIiEE9push_backERKi", "std::vector<int, std::allocator<int>>::push_back"),
        ("_ZN9__gnu_cxx13new_allocatorIcE8allocateEmPKv", "__gnu_cxx::new_allocator<char>::allocate"),
        ("_ZNSt3mapISsN3foo3BarESt4lessISsEE4findERKSs", "std::map<std::string, foo::Bar, std::less<std::string>>::find"),
        ("_Znwm", "operator new"),
        ("_ZN3FooeqERKS_", "Foo::operator=="),
        ("_ZN3FoocvbEv", "Foo::operator bool"),
        ("_ZZN3foo3runEvENKUlvE_clEv", "foo::run::{lambda#1}::operator()"),
        ("_ZTV3Foo", "vtable for Foo"),
        ("_ZN3BarILi3ELb1EE1fEv", "Bar<3, true>::f"),
        # neither
        ("proxy_on_request_headers", "proxy_on_request_headers"),
        ("main.OnHttpRequestHeaders", "main.OnHttpRequestHeaders"),
        ("_Zoops", "_Zoops"),
        ("_RNv", "_RNv"),
        ("_ZN3foo", "_ZN3foo"),
        ("", ""),
    ],
)
def test_names(mangled: str, written: str) -> None:
    assert demangle(mangled) == written


@given(st.sampled_from(["_R", "_ZN", "_Z"]), st.text("NCMXYIBRQPSTAEFDKLGJUVvhijl0123456789_sux$.", max_size=60))
def test_no_text_breaks_it(prefix: str, text: str) -> None:
    assert demangle(prefix + text)
