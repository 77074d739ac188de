// SPDX-License-Identifier: Apache-2.0
/**
 * Asks the home router to forward a UDP port: PCP (RFC 6887), or NAT-PMP (RFC 6886) where the
 * router knows no PCP. {@code PortMapClient} has the socket and the thread; all else is without
 * I/O.
 */
package org.wgj.mesh.portmap;
