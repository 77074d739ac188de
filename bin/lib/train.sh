#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Called by the build when the jars are complete: makes the caches that the launchers start the JVM from. A failure does not
# fail the build: without caches the programs only start slower.
set -euo pipefail
WGJ_HOME=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
. "$WGJ_HOME/bin/lib/launch.sh"

make_caches || echo "the launchers start without caches, and slower; bin/lib/train.sh makes them" >&2
