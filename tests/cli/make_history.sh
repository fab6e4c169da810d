#!/bin/sh
# usage: make_history.sh FOLDER
# A config repository with a past, always the same to the last commit id: a plain app (web) and a
# kustomize one (shop), with a merge, a commit that does not render, a file that was renamed, and
# values that come out of a base, a patch, an image tag and a generator.
set -eu
mkdir -p "$1" && cd "$1"
git init -q -b main .
git config commit.gpgsign false
day=10
as() {  # NAME: who makes the next commit, a day later
  day=$((day + 1))
  export GIT_AUTHOR_NAME="$1" GIT_AUTHOR_EMAIL="$1@example.com"
  export GIT_COMMITTER_NAME="$1" GIT_COMMITTER_EMAIL="$1@example.com"
  export GIT_AUTHOR_DATE="2026-11-${day}T10:00:00Z" GIT_COMMITTER_DATE="2026-11-${day}T10:00:00Z"
}
commit() {  # NAME MESSAGE
  as "$1"
  git add -A
  git commit -q -m "$2"
}
deployment() {  # FILE NAME IMAGE
  cat > "$1" <<END
apiVersion: apps/v1
kind: Deployment
metadata:
  name: $2
spec:
  replicas: 1
  selector:
    matchLabels: {app: $2}
  template:
    metadata:
      labels: {app: $2}
    spec:
      containers:
      - name: $2
        image: $3
        args: [--port=80]
END
}

mkdir -p apps/web apps/shop/base
deployment apps/web/all.yaml web registry.example/web:v1
cat > apps/web/secret.yaml <<END
apiVersion: v1
kind: Secret
metadata: {name: key}
stringData: {password: CANARY}
END
deployment apps/shop/base/deployment.yaml shop registry.example/shop
echo 'resources: [deployment.yaml]' > apps/shop/base/kustomization.yaml
echo mode=slow > apps/shop/app.ini
cat > apps/shop/kustomization.yaml <<END
namePrefix: eu-
resources: [base]
images:
- name: registry.example/shop
  newTag: v1
configMapGenerator:
- name: config
  files: [app.ini]
END
commit ada 'first'

sed -i 's/replicas: 1/replicas: 2/' apps/web/all.yaml
commit bob 'two of web'

# Renamed, and a container in front: what the other one has stays as old as it was.
git mv apps/web/all.yaml apps/web/deployment.yaml
sed -i 's|^      - name: web|      - name: proxy\n        image: registry.example/proxy:v1\n&|' \
  apps/web/deployment.yaml
commit ada 'a proxy'

sed -i 's/newTag: v1/newTag: v2/' apps/shop/kustomization.yaml
commit ci 'shop v2'

cat > apps/shop/more.yaml <<END
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  replicas: 5
END
printf 'patches:\n- path: more.yaml\n' >> apps/shop/kustomization.yaml
commit bob 'five of shop'

# Does not render; the next one does, with a second argument.
sed -i 's/args: .*/args: [--verbose, --port=80/' apps/web/deployment.yaml
commit eve 'broken'
sed -i 's/args: .*/args: [--verbose, --port=80]/' apps/web/deployment.yaml
commit ada 'mended'

git checkout -q -b other
echo mode=fast > apps/shop/app.ini
commit bob 'fast'
git checkout -q main
sed -i 's/web:v1/web:v2/' apps/web/deployment.yaml
commit ci 'web v2'
as ada
git merge -q --no-ff -m 'merge other' other
