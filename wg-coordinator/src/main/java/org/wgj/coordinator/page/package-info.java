// SPDX-License-Identifier: Apache-2.0
/**
 * The coordinator's web page: HTML of the mesh's state that is complete without a script, and the
 * routes that serve it. It reads and changes nothing. Every text in it that came from a node, a
 * token or the store is escaped.
 */
package org.wgj.coordinator.page;
