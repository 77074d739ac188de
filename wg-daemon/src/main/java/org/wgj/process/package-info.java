// SPDX-License-Identifier: Apache-2.0
/**
 * What a process of ours does to itself: it keeps its memory and files from others, gives up system
 * calls, and catches signals. Nothing of WireGuard, and nothing that changes another process or the
 * network, belongs here.
 */
package org.wgj.process;
