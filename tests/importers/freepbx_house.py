"""A FreePBX of 20 telephones, as a dump of its database and as CSV files, written for these tests."""

from collections.abc import Iterator, Sequence
from pathlib import Path

NUMBERS = [str(2001 + i) for i in range(20)]
SECRET = "Hk4-{}-tQz8Vw2Rm6"
TABLES: dict[str, Sequence[str]] = {
    "users": ("extension", "password", "name", "voicemail", "ringtimer"),
    "sip": ("id", "keyword", "data", "flags"),
    "incoming": ("cidnum", "extension", "destination", "description"),
    "ringgroups": ("grpnum", "strategy", "grptime", "grplist", "postdest", "description"),
    "queues_config": ("extension", "descr", "maxwait", "dest"),
    "queues_details": ("id", "keyword", "data", "flags"),
    "ivr_details": (
        "id",
        "name",
        "announcement",
        "directdial",
        "timeout_time",
        "timeout_destination",
        "timeout_loops",
    ),
    "ivr_entries": ("ivr_id", "selection", "dest"),
    "timeconditions": ("timeconditions_id", "displayname", "time", "truegoto", "falsegoto"),
    "timegroups_details": ("id", "timegroupid", "time"),
    "announcement": ("announcement_id", "description", "recording_id", "post_dest"),
    "recordings": ("id", "displayname", "filename", "description"),
    "trunks": ("trunkid", "name", "tech", "channelid"),
    "pjsip": ("id", "keyword", "data", "flags"),
    "outbound_routes": ("route_id", "name"),
    "outbound_route_patterns": ("route_id", "match_pattern_prefix", "match_pattern_pass"),
    "outbound_route_trunks": ("route_id", "trunk_id", "seq"),
    "findmefollow": ("grpnum", "strategy"),
}


def rows() -> Iterator[tuple[str, tuple[object, ...]]]:
    """Yield table and values."""
    for number in NUMBERS:
        yield "users", (number, "", f"It''s {number}", "default" if number < "2011" else "novm", 20)
        yield "sip", (number, "secret", SECRET.format(number), 0)
    yield "trunks", (1, "Carrier GB", "pjsip", "carrier")
    told = {"sip_server": "sip.carrier.example", "sip_server_port": "5060", "username": "44163296"}
    told |= {"secret": "Ym5!p3Xc1-Ks9dJ", "match": "198.51.100.20", "registration": "send"}
    for key, value in told.items():
        yield "pjsip", (1, key, value, 0)
    yield "outbound_routes", (1, "out")
    yield "outbound_route_patterns", (1, "9", ".")
    yield "outbound_route_trunks", (1, 1, 0)
    yield "recordings", (1, "welcome", "custom/welcome", "")
    yield "recordings", (2, "we-are-closed", "custom/we-are-closed", "")
    yield "ringgroups", (600, "ringall", 25, "2001-2002-2003", "ext-local,vmu2001,1", "Sales")
    yield "ringgroups", (601, "hunt", 30, "2004-2005-0043123456#", "app-blackhole,busy,1", "Care")
    yield "queues_config", (8000, "Support", 120, "ext-group,601,1")
    yield "queues_details", (8000, "member", "Local/2006@from-queue/n,0", 0)
    yield "queues_details", (8000, "member", "Local/2007@from-queue/n,0", 1)
    yield "queues_details", (8000, "strategy", "rrmemory", 0)
    yield "ivr_details", (1, "Main", 1, "ext-local", 8, "from-did-direct,2001,1", "2")
    yield "ivr_entries", (1, "1", "ext-group,600,1")
    yield "ivr_entries", (1, "2", "ext-queues,8000,1")
    yield "ivr_entries", (1, "3", "ext-meetme,7000,1")
    yield "ivr_entries", (1, "42", "app-blackhole,hangup,1")
    yield "timegroups_details", (1, 1, "09:00-17:29|mon-fri|*|*")
    yield "timegroups_details", (2, 1, "10:00-11:59|sat|*|*")
    yield "timegroups_details", (3, 2, "*|*|25-26|dec")
    yield "timeconditions", (2, "Christmas", 2, "app-announcement-1,s,1", "timeconditions,1,1")
    yield "timeconditions", (1, "Open", 1, "ivr-1,s,1", "app-announcement-1,s,1")
    yield "announcement", (1, "Closed", 2, "app-blackhole,hangup,1")
    yield "incoming", ("", "01632960100", "timeconditions,2,1", "main")
    yield "incoming", ("", "01632960101", "ext-queues,8000,1", "support")
    yield "incoming", ("", "01632960102", "from-did-direct,2001,1", "direct")
    yield "incoming", ("", "01632960103", "from-did-direct,2015,1", "direct, no voicemail")
    yield "incoming", ("07700900123", "01632960100", "app-blackhole,busy,1", "a nuisance")
    yield "incoming", ("", "", "ivr-1,s,1", "any")
    yield "incoming", ("", "01632960104", "customapp,1,1", "custom")
    yield "findmefollow", (2001, "ringallv2")


def write_dump(folder: Path) -> Path:
    """Write the dump, and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["-- a dump", ""]
    for table, columns in TABLES.items():
        held = ",\n".join(f"  `{name}` varchar(200) DEFAULT NULL" for name in columns)
        lines += [f"CREATE TABLE `{table}` (\n{held},\n  KEY `k` (`{columns[0]}`)\n) ENGINE=InnoDB;"]
        values = [_text(one) for name, one in rows() if name == table]
        lines += [f"INSERT INTO `{table}` VALUES {','.join(values)};", ""]
    file = folder / "freepbx.sql"
    file.write_text("\n".join(lines))
    return file


def write_csv(folder: Path) -> Path:
    """Write what the Bulk Handler exports, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    extensions = ["extension,name,voicemail,secret,tech"]
    extensions += [f'{one},"Person {one}",novm,{SECRET.format(one)},pjsip' for one in NUMBERS]
    dids = ["cidnum,extension,destination,description"]
    dids += ['"",01632960100,"from-did-direct,2001,1",main']
    (folder / "extensions.csv").write_text("\n".join(extensions) + "\n")
    (folder / "dids.csv").write_text("\n".join(dids) + "\n")
    return folder


def _text(values: tuple[object, ...]) -> str:
    written = (str(one) if isinstance(one, int) else f"'{one}'" for one in values)
    return f"({','.join(written)})"
