// SPDX-License-Identifier: Apache-2.0
/**
 * The effects of a process of ours on itself: it keeps its memory and files from others, gives up
 * system calls, and catches signals. WireGuard, and changes of another process or the network, do
 * not belong here.
 */
package org.wgj.process;
