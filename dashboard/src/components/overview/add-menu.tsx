import { Link } from '@tanstack/react-router'
import { ArchiveRestore, ArrowLeftRight, FolderInput, Plus } from 'lucide-react'
import { useState } from 'react'
import { AdoptDialog } from '../project/adopt'
import { Button } from '../ui/button'
import { Menu, MenuContent, MenuItem, MenuTrigger } from '../ui/menu'

/** The ways to more projects; beside a button that leads to one of them, the others. */
export function AddMenu({ isBesides = false }: { isBesides?: boolean }) {
  const [isAdopting, setAdopting] = useState(false)
  return (
    <>
      <Menu>
        <MenuTrigger asChild>
          <Button variant={isBesides ? 'secondary' : 'primary'}>
            {!isBesides && <Plus />}
            {isBesides ? 'Other ways' : 'Add'}
          </Button>
        </MenuTrigger>
        <MenuContent>
          {!isBesides && (
            <MenuItem asChild>
              <Link to="/add-project">
                <Plus aria-hidden />
                Add a project
              </Link>
            </MenuItem>
          )}
          <MenuItem onSelect={() => setAdopting(true)}>
            <FolderInput aria-hidden />
            Adopt an env file
          </MenuItem>
          <MenuItem asChild>
            <Link to="/import">
              <ArrowLeftRight aria-hidden />
              Import and export
            </Link>
          </MenuItem>
          <MenuItem asChild>
            <Link to="/removed-projects">
              <ArchiveRestore aria-hidden />
              Removed projects
            </Link>
          </MenuItem>
        </MenuContent>
      </Menu>
      <AdoptDialog isOpen={isAdopting} onClose={() => setAdopting(false)} />
    </>
  )
}
