// SPDX-License-Identifier: Apache-2.0
/**
 * The sessions after a handshake: the keypairs of a peer, their counters and replay windows.
 * Nothing here knows peers, endpoints or timers.
 */
package org.wgj.protocol.session;
