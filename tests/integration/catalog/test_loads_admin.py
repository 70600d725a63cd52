"""Past loads in the admin: what was loaded when, and which rows were rejected and why."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from catalog import keyspace, load_records
from catalog.models import Product

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_static_files", "empty_catalogue")]
LIST = "/admin/catalog/load/"
GOOD = {"sku": "lamp", "name": "Lamp", "price": "10", "currency": "USD"}


@pytest.fixture
def reader() -> Client:
    user = User.objects.create_user("sam", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_load"))
    client = Client()
    client.force_login(user)
    return client


def load(folder: Path, rows: list[dict[str, str]], **options: object) -> int:
    """Load rows; the exit code."""
    file = folder / "products.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    try:
        call_command("load_catalog", str(file), stdout=StringIO(), stderr=StringIO(), **options)
    except CommandError as error:
        return error.returncode
    return 0


def test_a_load_is_listed_with_its_rejected_rows(reader: Client, tmp_path: Path) -> None:
    assert load(tmp_path, [GOOD, GOOD | {"sku": "bad", "price": "<b>dear</b>"}]) == 1
    (row,) = reader.get(LIST).context["cl"].result_list
    assert (row.files, row.created, row.rejected, row.outcome) == (("products.jsonl",), 1, 1, "complete")
    page = reader.get(reverse("admin:catalog_load_change", args=[row.pk]))
    assert page.status_code == 200
    (problem,) = page.context["problems"]
    assert (problem["line"], problem["sku"], problem["field"]) == (2, "bad", "price")
    assert "&lt;b&gt;dear&lt;/b&gt;" in page.content.decode()
    assert reader.get(LIST, {"rejected": "none"}).context["cl"].result_count == 0


def test_a_dry_run_leaves_no_note_and_an_unchanged_load_does(reader: Client, tmp_path: Path) -> None:
    load(tmp_path, [GOOD], dry_run=True)
    assert reader.get(LIST).context["cl"].result_count == 0
    load(tmp_path, [GOOD])
    load(tmp_path, [GOOD])
    assert [row.unchanged for row in reader.get(LIST).context["cl"].result_list] == [1, 0]


def test_a_load_that_is_killed_says_so(reader: Client) -> None:
    load_records.begin(command="load_catalog", files=[Path("big.csv")])
    assert "running, or killed" in reader.get(LIST).content.decode()


def test_only_the_latest_are_kept(reader: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(load_records, "MOST_LOADS", 2)
    monkeypatch.setattr(load_records, "MOST_PROBLEMS", 3)
    for number in range(3):
        load(tmp_path, [GOOD | {"sku": f"bad-{number}-{row}", "price": "x"} for row in range(5)])
    rows = load_records.latest()
    assert len(rows) == 2
    assert len(load_records.problems(load_id=rows[0].load_id)) == 3
    assert len(list(Product.db().scan_iter(f"{keyspace.load_problems('')}*"))) == 2


def test_nothing_can_be_changed(reader: Client, tmp_path: Path) -> None:
    load(tmp_path, [GOOD])
    (row,) = load_records.latest()
    assert reader.get(f"{LIST}add/").status_code == 403
    assert reader.post(reverse("admin:catalog_load_change", args=[row.load_id]), {"outcome": "x"}).status_code == 403
    assert reader.post(reverse("admin:catalog_load_delete", args=[row.load_id]), {"post": "yes"}).status_code == 403
