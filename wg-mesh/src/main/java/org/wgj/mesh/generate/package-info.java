// SPDX-License-Identifier: Apache-2.0
/**
 * Configuration files for a list of nodes: the list, its checks, the topologies, the files in
 * several formats. No command line belongs here, and nothing of a running mesh.
 */
package org.wgj.mesh.generate;
