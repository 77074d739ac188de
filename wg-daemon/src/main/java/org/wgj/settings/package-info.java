// SPDX-License-Identifier: Apache-2.0
/**
 * The system properties of this module, for the other packages. Settings with an option of a
 * command or an environment variable do not belong here.
 */
package org.wgj.settings;
