"""Makes ``python -m eventx`` do what ``eventx`` does."""

from eventx.cli import main

raise SystemExit(main())
