// SPDX-License-Identifier: Apache-2.0
/**
 * The token with which a node joins a mesh, as a value and as text. The coordinator decides which
 * nodes may use it, and how often.
 */
package org.wgj.mesh.token;
