"""Variants of the shop's own image model, by name or by their parts."""

import pytest

from imagesearch.variants import DEFAULT, KNOWN, Variant, VariantError, described
from redismart.declared import DECLARED


def test_the_setting_is_a_variant_with_a_calibrated_cut() -> None:
    (setting,) = (setting for setting in DECLARED if setting.name == "REDISMART_IMAGE_MODEL")
    assert setting.default == DEFAULT
    assert KNOWN[DEFAULT].cut is not None


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_one_is_found_by_its_name(name: str) -> None:
    assert described(name) is KNOWN[name]


def test_parts_replace_the_defaults() -> None:
    found = described("lite2,size=260,views=crop+pad,pooling=gem,dimension=256,colours=imagenet")
    assert found == Variant("lite2", 260, ("crop", "pad"), "gem", 256, "imagenet")
    assert described("lite1") == Variant("lite1")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "lite0, lite1, lite2"),
        ("lite9", "lite9"),
        ("lite0,size=9", "64 to 512"),
        ("lite0,size=²24", "whole number"),
        ("lite0,size=-224", "whole number"),
        ("lite0,dimension=0", "1 to 1280"),
        ("lite0,dimension=1281", "1 to 1280"),
        ("lite0,views=", "crop, fit"),
        ("lite0,views=fit+fot", "fot"),
        ("lite0,pooling=sum", "mean, centre"),
        ("lite0,colours=none", "network, imagenet"),
        ("lite0,cut=1", "cut=1"),
        ("lite0,", "size=…"),
    ],
)
def test_what_is_no_variant_is_refused_with_what_would_be(text: str, told: str) -> None:
    with pytest.raises(VariantError, match=told):
        described(text)
