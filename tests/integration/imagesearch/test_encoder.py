"""The shop's own encoder: the same picture is always the same vector, whatever its shape and its company."""

import json
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sentence_transformers import SentenceTransformer
from sentence_transformers.base.modules import Normalize

from imagesearch import encoder, variants
from imagesearch.efficientnet import EfficientNetLite
from imagesearch.encoder import Encoder, ModelError, Vectors
from imagesearch.variants import DEFAULT, KNOWN
from tests.pictures import SHAPES, thing, wall

CHEAP = "efficientnet-lite0"
CLOSE = 1e-5
"""Batches of other sizes add in another order."""


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module", params=[DEFAULT, CHEAP])
def loaded(request: pytest.FixtureRequest) -> Encoder:
    return encoder.load(name=request.param)


@pytest.fixture(scope="module")
def cheap() -> Encoder:
    return encoder.load(name=CHEAP)


def alone(loaded: Encoder, picture: Image.Image) -> Vectors:
    return loaded.encode(pictures=[picture]).reshape(loaded.dimension)


def test_vectors_are_rows_of_unit_length(loaded: Encoder) -> None:
    rows = loaded.encode(pictures=[thing("ring", 0), wall(3), thing("bars", 1)])
    assert rows.shape == (3, loaded.dimension) == (3, 512)
    assert rows.dtype == np.float32
    assert rows.flags.c_contiguous
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=CLOSE)


def test_the_same_picture_is_the_same_vector(loaded: Encoder) -> None:
    assert np.array_equal(alone(loaded, thing("ring", 0)), alone(loaded, thing("ring", 0)))


def test_company_and_order_do_not_matter(cheap: Encoder) -> None:
    pictures = [thing(shape, number) for shape in SHAPES for number in range(3)]
    together = cheap.encode(pictures=pictures)
    assert together[::-1] == pytest.approx(cheap.encode(pictures=pictures[::-1]), abs=CLOSE)
    for picture, row in zip(pictures, together, strict=True):
        assert alone(cheap, picture) == pytest.approx(row, abs=CLOSE)


def test_no_pictures_make_no_rows(cheap: Encoder) -> None:
    assert cheap.encode(pictures=[]).shape == (0, cheap.dimension)


@pytest.mark.parametrize("size", [(1, 1), (1, 700), (900, 2), (3, 3), (4000, 3000)])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1", "CMYK"])
def test_any_size_and_mode_becomes_a_vector(cheap: Encoder, size: tuple[int, int], mode: str) -> None:
    assert np.isfinite(alone(cheap, Image.new(mode, size))).all()


def test_a_transparent_ground_counts_as_white(cheap: Encoder) -> None:
    white = thing("ring", 0)
    clear = white.convert("RGBA")
    clear.putalpha(white.convert("L").point([255] * 255 + [0]))
    assert alone(cheap, clear) == pytest.approx(alone(cheap, white), abs=CLOSE)


def test_what_looks_alike_lies_close(loaded: Encoder) -> None:
    """Each thing, drawn larger and in another colour, is nearest to the others of its shape."""
    shapes = [shape for shape in SHAPES for _ in range(3)]
    rows = loaded.encode(pictures=[thing(shape, number % 3) for number, shape in enumerate(shapes)])
    near = rows @ rows.T - 2 * np.eye(len(rows))
    assert [shapes[place] for place in near.argmax(axis=1)] == shapes


def test_walls_lie_farther_from_things_than_things_from_each_other(loaded: Encoder) -> None:
    things = loaded.encode(pictures=[thing(shape, number) for shape in SHAPES for number in range(4)])
    walls = loaded.encode(pictures=[wall(number) for number in range(18)])
    nearest_thing = (things @ things.T - 2 * np.eye(len(things))).max(axis=1)
    assert (walls @ things.T).max() < nearest_thing.min()


def test_threads_may_share_an_encoder(cheap: Encoder) -> None:
    fresh = encoder.build(KNOWN[CHEAP])
    pictures = [thing(shape, 1) for shape in SHAPES] * 2
    found: dict[int, Vectors] = {}
    threads = [
        threading.Thread(target=lambda number=number: found.update({number: alone(fresh, pictures[number])}))
        for number in range(len(pictures))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert np.stack([found[number] for number in sorted(found)]) == pytest.approx(
        cheap.encode(pictures=pictures), abs=CLOSE
    )


def test_a_saved_model_is_the_same_model(cheap: Encoder, tmp_path: Path) -> None:
    encoder.transformer(KNOWN[CHEAP]).save(str(tmp_path / "saved"), create_model_card=False)
    again = encoder.load(name=str(tmp_path / "saved"))
    assert (again.fingerprint, again.cut, again.dimension) == (cheap.fingerprint, cheap.cut, cheap.dimension)
    assert np.array_equal(alone(again, thing("bars", 2)), alone(cheap, thing("bars", 2)))


def test_the_network_made_fast_is_still_the_network() -> None:
    """Folded normalisation and own padding change nothing but the time."""
    module = EfficientNetLite(**KNOWN[CHEAP].options)
    features = module.preprocess([thing("ring", 2), wall(4)])
    with torch.inference_mode():
        plain = module.layers.eval().extract_features(features["pixels"])
        fast, _axes = module._prepared()
        assert torch.allclose(fast.extract_features(features["pixels"]), plain, atol=1e-4)


def test_the_fingerprint_tells_models_and_preparations_apart(cheap: Encoder) -> None:
    others = [
        "lite2,size=224,views=crop+pad,pooling=centre,dimension=512",
        "lite0,size=256,views=crop+pad,pooling=centre,dimension=512",
        "lite0,size=224,views=crop,pooling=centre,dimension=512",
        "lite0,size=224,views=pad+crop,pooling=centre,dimension=512",
        "lite0,size=224,views=crop+pad,pooling=mean,dimension=512",
        "lite0,size=224,views=crop+pad,pooling=centre,dimension=256",
        "lite0,size=224,views=crop+pad,pooling=centre,dimension=512,colours=imagenet",
    ]
    prints = [encoder.build(variants.described(text)).fingerprint for text in others]
    assert len({cheap.fingerprint, *prints}) == len(others) + 1
    assert all(name.isalnum() for name in prints)


def test_the_fingerprint_follows_the_weights_and_not_the_cut(cheap: Encoder) -> None:
    model = encoder.transformer(KNOWN[CHEAP])
    module = model[0]
    assert isinstance(module, EfficientNetLite)
    module.options["cut"] = 0.9
    assert Encoder(model).fingerprint == cheap.fingerprint
    with torch.no_grad():
        module.layers._conv_head.weight[0, 0] += 1e-3
    assert Encoder(model).fingerprint != cheap.fingerprint


def test_a_model_is_loaded_once(cheap: Encoder) -> None:
    assert encoder.load(name=CHEAP) is cheap


def test_a_model_of_pictures_knows_no_words(cheap: Encoder) -> None:
    assert not cheap.searches_words
    with pytest.raises(ModelError, match="pictures only"):
        cheap.encode_words(texts=["red shoes"])


def test_a_folder_without_a_model_is_refused_with_what_there_is(tmp_path: Path) -> None:
    path = tmp_path / "not" / "a" / "model"
    with pytest.raises(ModelError, match=r"not found.*The shop's own: efficientnet-lite2"):
        encoder.load(name=str(path))


def test_code_that_comes_with_a_model_is_never_run(tmp_path: Path) -> None:
    folder = tmp_path / "evil"
    encoder.transformer(KNOWN[CHEAP]).save(str(folder), create_model_card=False)
    parts = json.loads((folder / "modules.json").read_text())
    parts[1]["type"] = "evil.Normalize"
    (folder / "modules.json").write_text(json.dumps(parts))
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(ModelError, match="cannot be loaded"):
        encoder.load(name=str(folder))
    assert not (tmp_path / "ran").exists()


def test_a_file_named_like_our_module_is_never_run(tmp_path: Path) -> None:
    folder = tmp_path / "disguised"
    encoder.transformer(KNOWN[CHEAP]).save(str(folder), create_model_card=False)
    for name in ("imagesearch.py", "efficientnet.py", "imagesearch.efficientnet.py"):
        (folder / name).write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    assert encoder.load(name=str(folder)).dimension == 512
    assert not (tmp_path / "ran").exists()


def test_a_model_of_words_alone_is_refused(tmp_path: Path) -> None:
    from sentence_transformers.sentence_transformer.modules import BoW

    model = SentenceTransformer(modules=[BoW(vocab=["shoe"]), Normalize()], device="cpu")
    model.save(str(tmp_path / "words"), create_model_card=False)
    with pytest.raises(ModelError, match="takes no pictures"):
        encoder.load(name=str(tmp_path / "words"))
