module plumb.dev/tests/oracle

go 1.26.0

require (
	github.com/Masterminds/semver/v3 v3.4.0
	sigs.k8s.io/json v0.0.0-20250730193827-2d320260d730
	sigs.k8s.io/yaml v1.6.0
)

require go.yaml.in/yaml/v2 v2.4.3
