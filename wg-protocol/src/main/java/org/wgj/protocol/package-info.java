// SPDX-License-Identifier: Apache-2.0
/**
 * The values of the protocol that a program with a tunnel sees: address ranges, endpoints, packet
 * batches, the status of a peer, and the reasons why packets are dropped. They are stable API.
 * Classes with behaviour of the protocol belong in a package that is exported to the tunnel and the
 * daemon only.
 */
package org.wgj.protocol;
