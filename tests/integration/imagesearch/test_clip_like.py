"""Any image model of sentence-transformers can take the place of the shop's own, and may search by words as well."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imagesearch import encoder
from tests.pictures import thing


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real CLIP of the smallest size, with weights of chance, saved as sentence-transformers saves it."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.modules import Transformer
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import (
        CLIPConfig,
        CLIPImageProcessor,
        CLIPModel,
        CLIPProcessor,
        PreTrainedTokenizerFast,
    )

    home = tmp_path_factory.mktemp("clip")
    small = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    words = {"<s>": 0, "</s>": 1, "<unk>": 2, "red": 3, "shoe": 4, "blue": 5}
    text = small | {"vocab_size": len(words), "eos_token_id": 1, "bos_token_id": 0, "pad_token_id": 1}
    config = CLIPConfig(text_config=text, vision_config=small | {"image_size": 32, "patch_size": 16}, projection_dim=24)
    CLIPModel(config).save_pretrained(home / "parts")
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 1)]
    )
    fast = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>", pad_token="</s>",
        model_max_length=16,
    )  # fmt: skip
    side = {"height": 32, "width": 32}
    pictures = CLIPImageProcessor(size={"shortest_edge": 32}, crop_size=side)
    CLIPProcessor(pictures, fast).save_pretrained(home / "parts")  # type: ignore[no-untyped-call]
    SentenceTransformer(modules=[Transformer(str(home / "parts"))], device="cpu").save(
        str(home / "whole"), create_model_card=False
    )
    return home / "whole"


def test_pictures_and_words_lie_in_one_space(folder: Path) -> None:
    clip = encoder.load(name=str(folder))
    pictures = clip.encode(pictures=[thing("ring", 0), Image.new("RGBA", (9, 300))])
    words = clip.encode_words(texts=["red shoe", "blue"])
    assert clip.searches_words
    assert pictures.shape == words.shape == (2, clip.dimension) == (2, 24)
    assert np.linalg.norm(np.concatenate([pictures, words]), axis=1) == pytest.approx(1, abs=1e-5)


def test_its_cut_is_not_known(folder: Path) -> None:
    assert encoder.load(name=str(folder)).cut is None


def test_its_fingerprint_follows_how_its_pictures_are_prepared(folder: Path, tmp_path: Path) -> None:
    import shutil

    changed = tmp_path / "changed"
    shutil.copytree(folder, changed)
    (settings,) = (path for path in changed.rglob("*processor_config.json") if "image_mean" in path.read_text())
    settings.write_text(settings.read_text().replace("0.48145466", "0.5"))
    assert encoder.load(name=str(changed)).fingerprint != encoder.load(name=str(folder)).fingerprint
