import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useRouteContext } from '@tanstack/react-router'
import { useState } from 'react'
import { problemOf } from '~/client/problem'
import { ProblemNote } from '../problem-note'
import { Button } from '../ui/button'
import { Dialog, DialogButtons } from '../ui/dialog'
import type { ProjectDetails } from './details'

/** Takes out a project whose env file is gone. */
export function ForgetButton({ project }: { project: ProjectDetails }) {
  const { trpc } = useRouteContext({ from: '__root__' })
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const [isOpen, setOpen] = useState(false)
  const forget = useMutation(
    trpc.projects.forget.mutationOptions({
      async onSuccess() {
        await navigate({ to: '/' })
        await queryClient.invalidateQueries({ queryKey: trpc.projects.list.queryKey() })
      },
    }),
  )
  return (
    <>
      <Button variant="danger" onClick={() => setOpen(true)}>
        Take it out
      </Button>
      <Dialog
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        title={`Take ${project.name} out of the dashboard`}
        description="Its env file is gone. Its archives, reports and backups stay where they are, and its sealed secrets are kept: with the env file back in its place it is here again. What the dashboard knows of its runs goes, and its schedules."
      >
        {forget.isError && <ProblemNote problem={problemOf(forget.error)} />}
        <DialogButtons>
          <Button onClick={() => setOpen(false)}>Keep it</Button>
          <Button
            variant="danger"
            disabled={forget.isPending}
            onClick={() => forget.mutate({ projectId: project.id })}
          >
            Take it out
          </Button>
        </DialogButtons>
      </Dialog>
    </>
  )
}
