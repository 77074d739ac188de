// SPDX-License-Identifier: Apache-2.0
/**
 * Brings interfaces up, changes them and takes them down as wg-quick does, with a journal that lets
 * another process undo it. The command line, the tunnel itself and the parser of files do not
 * belong here.
 */
package org.wgj.quick;
