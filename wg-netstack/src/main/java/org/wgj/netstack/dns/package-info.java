// SPDX-License-Identifier: Apache-2.0
/**
 * Names: the format of DNS messages, and a resolver that asks the servers of a tunnel. Sockets come
 * from the caller, so that this package knows no tunnel and no packet.
 */
package org.wgj.netstack.dns;
