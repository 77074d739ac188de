// SPDX-License-Identifier: Apache-2.0
/**
 * The events of an interface's peers, for its log and for followers: a peer connects, goes silent,
 * moves, or something is refused. Sockets do not belong here.
 */
package org.wgj.events;
