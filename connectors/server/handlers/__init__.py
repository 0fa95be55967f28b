"""What each route does. A handler is given a Call and gives the answer as data; its docstring is its documentation."""
