#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Called by the build before the system tests: makes the caches that the launchers start the JVM from.
set -euo pipefail
WGJ_HOME=$(cd "$(dirname "$(readlink -f "$0")")/../.." && pwd)
. "$WGJ_HOME/bin/lib/launch.sh"

make_caches
