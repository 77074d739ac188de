// SPDX-License-Identifier: Apache-2.0
/**
 * The rules of a mesh over its store: which nodes may join, which address a node gets, what a
 * revision of the map says, and the author of each change. Every change is one transaction. No
 * network belongs here.
 */
package org.wgj.coordinator.registry;
