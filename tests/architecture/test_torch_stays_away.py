"""Only the embeddings worker loads torch: whatever serves pages, or does other work, starts without it."""

import subprocess
import sys

import pytest

from tests.redis_nodes import ROOT

HEAVY = ("torch", "sentence_transformers", "transformers")
STARTS = {
    "web": "import redismart.wsgi; from django.urls import get_resolver; get_resolver().url_patterns",
    "live": "import inventory.live.application",
    "workers": "from redismart.celery import app; app.loader.import_default_modules()",
    "commands": "import django; django.setup(); from imagesearch.management.commands import embed_catalog",
}


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_a_process_starts_without_torch(start: str) -> None:
    told = f"import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'redismart.settings'; {start}; "
    told += f"print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")
