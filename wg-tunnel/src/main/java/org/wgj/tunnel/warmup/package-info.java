// SPDX-License-Identifier: Apache-2.0
/**
 * Practice runs that get a program's data path compiled before real traffic comes. Nothing else may
 * depend on them, and they use tunnels only as any program does.
 */
package org.wgj.tunnel.warmup;
