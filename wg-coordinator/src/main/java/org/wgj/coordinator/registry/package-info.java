// SPDX-License-Identifier: Apache-2.0
/**
 * The rules of a mesh over its store: who may join, which address a node gets, what a revision of
 * the map says, who changed what. Every change is one transaction. No network belongs here.
 */
package org.wgj.coordinator.registry;
