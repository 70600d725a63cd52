"""A database file serves many of the staff at once."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from django.db.utils import ConnectionHandler

from redismart.environment import Environment

pytestmark = pytest.mark.django_db


def test_writers_of_a_database_file_wait_for_their_turn(tmp_path: Path) -> None:
    database = Environment().database("DATABASE_URL", default=tmp_path / "x.sqlite3")
    with closing(ConnectionHandler({"default": database})["default"]) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE sold (units INTEGER)")

    def sell() -> None:
        """As a change is made of what was read: who becomes a writer after another's write is refused at once."""
        with closing(ConnectionHandler({"default": database})["default"]) as connection, connection.cursor() as cursor:
            for _ in range(5):
                connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
                sold = cursor.execute("SELECT count(*) FROM sold").fetchone()[0]
                cursor.execute("INSERT INTO sold VALUES (%s)", [sold])
                connection.commit()
                connection.set_autocommit(True)

    with ThreadPoolExecutor(8) as sellers:
        for selling in [sellers.submit(sell) for _ in range(8)]:
            selling.result()
    with closing(ConnectionHandler({"default": database})["default"]) as connection, connection.cursor() as cursor:
        assert [units for (units,) in cursor.execute("SELECT units FROM sold ORDER BY units")] == [*range(40)]
