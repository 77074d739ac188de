// SPDX-License-Identifier: Apache-2.0
/**
 * The coordinator's HTTP interface: a table of routes, and a server for them over Netty with limits
 * for everything that a stranger could make grow. The actions behind the routes belong to other
 * packages.
 */
package org.wgj.coordinator.api;
