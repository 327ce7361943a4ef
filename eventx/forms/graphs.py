"""Graphs: who met whom in all documents together, for Gephi, igraph, networkx and their like.

A node is an actor: participant, chair or host. Actors of different documents are the same if their names and
their kinds are. White space in a name counts as one blank, and what XML cannot hold is U+FFFD. A node has

- ``label``, its name, and ``kind``;
- ``country``, alpha-2; two codes ("GB; US") tell that two actors may go by this name; not there if none is
  known;
- ``meetings``, how many it had, cancelled ones apart.

An edge joins two actors that met or may meet, but not an actor and the body that it speaks for. Cancelled
meetings make no edges. An edge has

- ``weight``, its meetings, and how many of them ``occurred``, are ``scheduled`` and ``hypothetical``;
- ``first`` and ``last``, the days on which the earliest begins and the latest ends; not there if no date is
  known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import escape

from eventx.document import Actor, Document, Meeting, Version
from eventx.extras import extra
from eventx.forms.dyads import dyads, parties
from eventx.forms.names import STAMP, stamp

with extra("formats"):
    import networkx

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML file can hold, not even as an escape."""

TODAY = re.compile(r' lastmodifieddate="[^"]*"')


def graph(documents: Iterable[Document]) -> networkx.Graph:
    """Return the graph of all meetings."""
    network = networkx.Graph()
    for document in documents:
        for meeting in document.meetings or ():
            _add(network, meeting)
    return network


def _add(network: networkx.Graph, meeting: Meeting) -> None:
    """Add a meeting's actors and what they have to do with each other."""
    counted = int(meeting.status != "cancelled")
    actors = {_key(actor): actor for actor in parties(meeting)}
    for key, actor in actors.items():
        if key not in network:
            network.add_node(key, label=_name(actor), kind=actor.kind, meetings=0)
        node = network.nodes[key]
        node["meetings"] += counted
        if actor.country:
            codes = {*node.get("country", "").split("; "), _xml(actor.country)} - {""}
            node["country"] = "; ".join(sorted(codes))
    for one, other in dyads(actors.values()) if counted else ():
        ends = _key(one), _key(other)
        if not network.has_edge(*ends):
            network.add_edge(*ends, weight=0, occurred=0, scheduled=0, hypothetical=0)
        edge = network.edges[ends]
        edge["weight"] += 1
        edge[meeting.status] += 1
        if meeting.start:
            edge["first"] = min(edge.get("first", meeting.start), meeting.start)
        if meeting.end:
            edge["last"] = max(edge.get("last", meeting.end), meeting.end)


def _key(actor: Actor) -> str:
    return f"{actor.kind}: {_name(actor)}"


def _name(actor: Actor) -> str:
    return " ".join(_xml(actor.name).split())


def _xml(text: str) -> str:
    return NOT_XML.sub("\ufffd", text)


def write_graphml(documents: Iterable[Document], path: Path, version: Version | None = None) -> None:
    """Write the graph as GraphML; an attribute of the graph names the version of the model."""
    network = graph(documents)
    network.graph[STAMP] = _xml(stamp(version))
    networkx.write_graphml(network, path)


def write_gexf(documents: Iterable[Document], path: Path, version: Version | None = None) -> None:
    """Write the graph as GEXF; its keywords name the version of the model."""
    text = "\n".join(networkx.generate_gexf(graph(documents)))
    keywords = f"<keywords>{escape(f'{STAMP} {_xml(stamp(version))}')}</keywords>"
    # The same documents make the same file, on whatever day.
    text = TODAY.sub("", text, count=1).replace("</meta>", f"  {keywords}\n  </meta>", 1)
    path.write_text(f"{text}\n", "utf-8", newline="")
