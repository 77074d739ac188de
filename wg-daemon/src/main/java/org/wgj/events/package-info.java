// SPDX-License-Identifier: Apache-2.0
/**
 * What happens to the peers of an interface, for its log and for those who follow it: a peer
 * connects, goes silent, moves, or something is refused. Sockets do not belong here.
 */
package org.wgj.events;
