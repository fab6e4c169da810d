// Lets Go take functions without a body: repo_spec.go links to one of another package.
