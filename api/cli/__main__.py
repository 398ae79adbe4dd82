"""`python -m api.cli`: the same as `sahih`, for the supervisor's children."""

from api.cli import main

main()
