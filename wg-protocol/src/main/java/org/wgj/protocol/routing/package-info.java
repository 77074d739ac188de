// SPDX-License-Identifier: Apache-2.0
/**
 * The cryptokey routing table (whitepaper 2), a data structure that knows addresses and nothing of
 * peers. Parsing of IP packets does not belong here.
 */
package org.wgj.protocol.routing;
