"""The commands for other tools: digest, open, mcp, completion."""

from __future__ import annotations

from dataclasses import replace

from index.errors import MissingExtra, QueryError
from search.answers import News
from search.cli import options
from search.cli.arguments import CompletionArguments, DigestArguments, McpArguments, OpenArguments
from search.cli.opening import named_store, opened_engine, opened_generation
from search.cli.output import print_body, print_text, warn
from search.export.saved_searches import after, compile_digest, read_queries, read_seen, seen_path, write_seen


def run_digest(arguments: DigestArguments) -> None:
    """Run `nonmun digest`; what was reported is remembered only once it is written out."""
    from search.browse.recent import chosen, dated_since, last_days
    from search.export.bulletin import DOCUMENTS, Bulletin, bulletin_body

    queries = read_queries(arguments.queries)
    path = seen_path(arguments.queries)
    since_last = arguments.since == "last"
    seen = read_seen(path)
    first_asked = [query.text for query in queries if query.text not in seen.queries] if since_last else []
    with opened_engine(arguments.store) as engine:
        ids = engine.generation.ids()
        day, days = last_days(engine.generation) if since_last else (arguments.since, None)
        recent = dated_since(arguments.since, engine.generation) if days is None else days
        unread = chosen(ids, seen.is_new)
        unreported = chosen(ids, lambda one: one not in seen.reported)

        def ask(query: str) -> News:
            if not since_last:
                return engine.news(query, recent, arguments.k)
            return engine.news(query, recent & unreported if query in first_asked else unread, arguments.k)

        found = compile_digest(queries, ask, str(arguments.queries))
        manifest = engine.generation.manifest
    if first_asked:
        note = f"{arguments.queries}: {len(first_asked)} asked for the first time: only papers since {day} count as new"
        found = replace(found, warnings=(note, *found.warnings))
    for warning in () if arguments.json else found.warnings:
        warn(warning)
    bulletin = Bulletin(found, arguments.queries.name, manifest.name, manifest.created)
    if arguments.json:
        print_body(arguments.json, bulletin_body(bulletin), [])
    else:
        print_text(DOCUMENTS[arguments.format](bulletin))
    if since_last and not arguments.dry_run:
        write_seen(path, after(seen, found, manifest.name, ids))


def run_open(arguments: OpenArguments) -> int:
    """Run `nonmun open`."""
    from search.export.citations import web_address
    from search.query.exact import paper_row

    with opened_generation(arguments.store) as generation:
        paper = generation.paper(paper_row(arguments.id, generation))
    address = web_address(paper)
    if not address:
        raise QueryError(f"{paper.id}: its address is not one of the web: {paper.url[:80]!r}; see: nonmun show")
    if arguments.print or arguments.json:
        print_body(arguments.json, {"id": paper.id, "url": address}, [address])
    return options.OK if arguments.print else show_in_browser(address)


def show_in_browser(address: str) -> int:
    """Open an address in the reader's browser and return the exit code."""
    import webbrowser

    if webbrowser.open(address):
        return options.OK
    warn(f"no browser can be started; the address is {address}")
    return options.OUTPUT


def run_mcp(arguments: McpArguments) -> None:
    """Run `nonmun mcp` until its client goes away."""
    try:
        from search.api.mcp_server import serve
    except ImportError:
        raise MissingExtra("this command needs the library mcp: pip install 'nonmun[mcp]'") from None
    with named_store(arguments.store, "read") as store:
        serve(store)


def run_completion(arguments: CompletionArguments) -> None:
    """Run `nonmun completion`."""
    import shtab

    script = shtab.complete(options.command_parser(), arguments.shell)
    print_body(arguments.json, {"shell": arguments.shell, "script": script}, [script.rstrip("\n")])
