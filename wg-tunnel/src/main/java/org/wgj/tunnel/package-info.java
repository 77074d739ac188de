// SPDX-License-Identifier: Apache-2.0
/**
 * Tunnels for programs that embed them: {@link org.wgj.tunnel.Tunnel}, its status, events and
 * configuration, and the event loop behind it. Socket options, file grammar and anything that knows
 * a command line or a configuration socket belong elsewhere.
 */
package org.wgj.tunnel;
