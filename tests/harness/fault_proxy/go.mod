module plumb.dev/tests/fault_proxy

go 1.26.0
