// SPDX-License-Identifier: Apache-2.0
/**
 * The commands of the mesh, one class each. They read options, call wg-mesh or wg-coordinator, and
 * print; what a mesh is and does belongs there.
 */
package org.wgj.cli.mesh;
