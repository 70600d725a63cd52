"""The demo has staff for each group, with passwords that no other installation has; a production has none of them."""

import stat
from io import StringIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import RequestFactory

from redismart.demo import staff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _installation(tmp_path: Path, settings: LazySettings) -> None:
    settings.VAR = tmp_path
    settings.DEMO_CATALOGUE, settings.PRODUCTION = True, False


def signs_in(name: str, password: str) -> bool:
    request = RequestFactory().post("/admin/login/")
    return authenticate(request, username=name, password=password) is not None


def test_each_group_has_a_sign_in_which_is_no_superuser() -> None:
    for _start in range(2):
        staff.make()
    for name, password in staff.sign_ins().items():
        assert signs_in(name, password)
        user = User.objects.get(username=name)
        assert (user.is_staff, user.is_superuser) == (True, False)
        assert [group.name for group in user.groups.all()] == [staff.GROUPS[name]]
        assert user.get_all_permissions()


def test_a_password_that_somebody_chose_stays() -> None:
    staff.make()
    user = User.objects.get(username="demo-admin")
    user.set_password("a better one 7")
    user.save()
    staff.make()
    assert signs_in("demo-admin", "a better one 7")


def test_passwords_are_the_same_at_each_start_and_others_elsewhere(tmp_path: Path, settings: LazySettings) -> None:
    first = staff.sign_ins()
    assert staff.sign_ins() == first
    assert len(set(first.values())) == len(staff.GROUPS)
    secret = tmp_path / "demo" / "staff_secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    settings.VAR = tmp_path / "other"
    assert not set(staff.sign_ins().values()) & set(first.values())


@pytest.mark.parametrize(("demo", "production"), [(False, False), (True, True)])
def test_where_there_is_no_demo_nobody_is_made(settings: LazySettings, demo: bool, production: bool) -> None:
    settings.DEMO_CATALOGUE, settings.PRODUCTION = demo, production
    staff.make()
    assert not staff.sign_ins()
    assert not User.objects.exists()
    with pytest.raises(CommandError, match="no demo"):
        call_command("demo_staff")


def test_a_production_does_not_start_on_a_database_with_sign_ins_of_a_demo(settings: LazySettings) -> None:
    staff.make()
    call_command("wait_for_redis")
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="demo_staff --remove"):
        call_command("wait_for_redis")
    out = StringIO()
    call_command("demo_staff", remove=True, stdout=out)
    assert "Deleted 4" in out.getvalue()
    call_command("wait_for_redis")


def test_the_command_tells_who_can_sign_in() -> None:
    out = StringIO()
    call_command("demo_staff", stdout=out)
    for name, password in staff.sign_ins().items():
        assert f"{name}  {password}" in out.getvalue()
        assert signs_in(name, password)
