// SPDX-License-Identifier: Apache-2.0
/**
 * Names: the format of DNS messages, a resolver that asks the servers of a tunnel, and connecting
 * to the addresses of a name (Happy Eyeballs). Sockets come from the caller, so that this package
 * knows no tunnel and no packet.
 */
package org.wgj.netstack.dns;
